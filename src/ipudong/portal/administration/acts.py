"""Words for what was done, by the action's code in the audit."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ipudong.city.identity.permits import declared_permits

ACTS: Final[dict[str, Promise]] = {
    "identity.sign_in": _("Signed in"),
    "identity.sign_out": _("Signed out"),
    "identity.sign_up": _("Opened the account"),
    "identity.fail_sign_in": _("Sign-in failed"),
    "identity.change_own_password": _("Changed the password"),
    "identity.recover_password": _("Set a new password by e-mail"),
    "identity.add_second_factor": _("Added a second factor"),
    "identity.remove_second_factor": _("Removed a second factor"),
    "identity.renew_second_factor": _("Made new recovery codes"),
    "identity.create_account": _("Account opened"),
    "identity.change_roles": _("Roles changed"),
    "identity.deactivate_account": _("Account deactivated"),
    "identity.reactivate_account": _("Account reactivated"),
    "identity.reset_password": _("Password reset by the administration"),
    "identity.end_sessions": _("Signed out everywhere by the administration"),
    "identity.reset_second_factor": _("Second factor removed by the administration"),
    "identity.issue_token": _("Interface token issued"),
    "identity.revoke_token": _("Interface token revoked"),
    "identity.change_permit": _("Permit changed"),
    "identity.restore_permit": _("Permit restored"),
    "audit.verify_chain": _("Verified the audit"),
    "audit.export": _("Exported the audit"),
    "plan.load_plan": _("Loaded the action plan"),
    "registry.load_places": _("Loaded the places"),
    "registry.import_places": _("Imported the places' borders"),
    "sensing.acknowledge_alarm": _("Alarm acknowledged"),
    "sensing.note_alarm": _("Note written on an alarm"),
    "sensing.close_alarm": _("Alarm closed"),
    "sensing.adopt_device": _("Device adopted"),
    "sensing.dismiss_device": _("Device left a stranger"),
    "sensing.queue_command": _("Command sent to a station"),
    "sensing.retire_thing": _("Device retired"),
    "sensing.switch_rule": _("Alarm rule switched on or off"),
}
FAULTS: Final[dict[str, Promise]] = {
    "missing": _("It is missing."),
    "missing at the end": _("It and all after it were cut off."),
    "does not follow the one before it": _("It does not follow the one before it."),
    "was changed after it was written": _("It was changed after it was written."),
    "is not the entry that was verified before": _(
        "The record was written anew: an earlier verification found another entry here."
    ),
}
STEPS: Final[dict[str, Promise]] = {
    "password": _("wrong password"),
    "second_factor": _("wrong second factor"),
    "totp": _("one-time code"),
    "webauthn": _("passkey"),
    "recovery_codes": _("recovery codes"),
}


def title_of_act(action: str) -> str:
    """What was done, in words; the permit's title or the code where there are no others."""
    permit = declared_permits().get(action)
    return str(ACTS.get(action) or (permit.title if permit else action))


def words_of_fault(reason: str) -> str:
    """Why the chain does not hold."""
    return str(FAULTS.get(reason, reason))
