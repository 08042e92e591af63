"""Settings of outgoing messages."""

from ipudong.options import Option

SMS_URL = Option(
    "alarms.sms_url",
    default="",
    doc="Address of the text-message gateway; each message is one POST. Empty: no text messages.",
)
SMS_BODY = Option(
    "alarms.sms_body",
    default='{"phone": "{phone}", "text": "{text}"}',
    doc="Body of that request; {phone} and {text} are filled in, quoted for JSON unless the type "
    "is a form.",
)
SMS_TYPE = Option(
    "alarms.sms_type",
    default="application/json",
    choices=("application/json", "application/x-www-form-urlencoded"),
    doc="Content type of that request.",
)
SMS_AUTHORIZATION = Option(
    "alarms.sms_authorization",
    default="",
    secret=True,
    doc="Value of the Authorization header the text-message gateway asks for.",
)
MQTT_HOST = Option(
    "alarms.mqtt_host",
    default="",
    doc="Broker that alarms are published to, by policies with an MQTT topic. Empty: none.",
)
MQTT_PORT = Option("alarms.mqtt_port", default=1883, doc="Port of that broker.")
MQTT_USER = Option("alarms.mqtt_user", default="", doc="User name at that broker.")
MQTT_PASSWORD = Option(
    "alarms.mqtt_password", default="", secret=True, doc="Password at that broker."
)
WEBHOOK_SECONDS = Option(
    "alarms.webhook_seconds",
    default=10,
    doc="Seconds a web address may take to accept a message, all in all.",
)
