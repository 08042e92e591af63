"""Settings of outgoing mail: alarms, and links for a forgotten password."""

from ipudong.options import Option

MAIL_HOST = Option(
    "mail.host",
    default="",
    doc="The mail server (SMTP). Empty: the district sends no mail, and says so where mail would "
    "be offered.",
)
MAIL_PORT = Option("mail.port", default=587, doc="Port of the mail server.")
MAIL_SECURITY = Option(
    "mail.security",
    default="starttls",
    choices=("starttls", "tls", "none"),
    doc="How the way to the mail server is protected.",
)
MAIL_USER = Option("mail.user", default="", doc="User name at the mail server.")
MAIL_PASSWORD = Option("mail.password", default="", secret=True, doc="Password there.")
MAIL_FROM = Option(
    "mail.sender",
    default="ipudong@localhost",
    doc="Sender of all mail.",
)
