"""What sensing refuses, as codes and fields."""


class SensingError(Exception):
    """A change that was refused; `code` is stable, `fields` say what was wrong.

    Codes: `unknown_profile`, `unknown_property`, `already_adopted`, `alarm_closed`, `alarm_open`,
    `empty_note`, `command_finished`, `not_commandable`, `bad_argument`, `bad_geometry`,
    `bad_result`, `bad_task`, `bad_tasking_parameters`, `task_fixed`, `uneven_members`,
    `members_fixed`, `datastream_in_use`, `property_in_use`.
    """

    def __init__(self, code: str, **fields: object) -> None:
        super().__init__(f"{code} {fields}")
        self.code = code
        self.fields = fields
