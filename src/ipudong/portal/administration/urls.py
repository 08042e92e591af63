"""Addresses of the administration pages."""

from django.urls import path

from ipudong.portal.administration import (
    account_acts,
    accounts,
    audit,
    chain,
    entrance,
    own_record,
    permits,
    tokens,
)

app_name = "administration"
urlpatterns = [
    path("", entrance.show_entrance, name="entrance"),
    path("accounts/", accounts.list_accounts, name="accounts"),
    path("accounts/new/", accounts.open_account, name="new_account"),
    path("accounts/<int:account_id>/", accounts.show_account, name="account"),
    path("accounts/<int:account_id>/roles/", accounts.change_roles, name="change_roles"),
    path("accounts/<int:account_id>/deactivate/", account_acts.deactivate, name="deactivate"),
    path("accounts/<int:account_id>/reactivate/", account_acts.reactivate, name="reactivate"),
    path("accounts/<int:account_id>/password/", account_acts.reset_password, name="reset_password"),
    path("accounts/<int:account_id>/sessions/", account_acts.end_sessions, name="end_sessions"),
    path(
        "accounts/<int:account_id>/second-factor/",
        account_acts.reset_second_factor,
        name="reset_second_factor",
    ),
    path("tokens/", tokens.list_tokens, name="tokens"),
    path("tokens/new/", tokens.issue_token, name="new_token"),
    path("tokens/<int:token_id>/revoke/", tokens.revoke_token, name="revoke_token"),
    path("permits/", permits.show_matrix, name="permits"),
    path("permits/<str:action>/", permits.show_permit, name="permit"),
    path("permits/<str:action>/change/", permits.change_permit, name="change_permit"),
    path("permits/<str:action>/restore/", permits.restore_permit, name="restore_permit"),
    path("audit/", audit.list_entries, name="audit"),
    path("audit/export.csv", audit.export_entries, name="audit_export"),
    path("audit/checks/", chain.start_check, name="start_check"),
    path("audit/checks/<int:check_id>/", chain.show_check, name="check"),
    path("audit/checks/<int:check_id>/advance/", chain.advance_check, name="advance_check"),
    path("audit/<int:sequence>/", audit.show_entry, name="entry"),
    path("mine/", own_record.show_own_record, name="own_record"),
]
