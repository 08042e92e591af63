"""Settings of documents."""

from ipudong.options import Option


def _check_positive(value: int) -> None:
    if value < 1:
        raise ValueError("must be 1 or more")


MAX_ATTACHMENT_MB = Option(
    "documents.max_attachment_mb",
    default=20,
    check=_check_positive,
    doc="Largest file, in MiB, that may be handed in with a case.",
)
CASE_QUOTA_MB = Option(
    "documents.case_quota_mb",
    default=200,
    check=_check_positive,
    doc="How much, in MiB, all files of one case may take together.",
)
MAX_IMAGE_MEGAPIXELS = Option(
    "documents.max_image_megapixels",
    default=64,
    check=_check_positive,
    doc="Largest picture, in millions of pixels, that may be handed in with a case.",
)
CLAMD_SOCKET = Option(
    "documents.clamd_socket",
    default="",
    doc="Unix socket of a ClamAV daemon that looks at every file handed in, for example "
    "/run/clamav/clamd.ctl. Empty: files are judged by their structure alone. Where it is set and "
    "does not answer, no file is taken.",
)
KEY_PASSPHRASE = Option(
    "documents.key_passphrase",
    default="",
    secret=True,
    doc="Passphrase of the district's signing keys; made on first start and kept in the data "
    "folder (authority/passphrase) where none is given.",
)
DISTRICT_NAME_ZH = Option(
    "documents.district_zh",
    default="上海市浦东新区",
    doc="The district's name as papers, seals and certificates bear it, in Chinese.",
)
DISTRICT_NAME_EN = Option(
    "documents.district_en",
    default="Pudong New Area, Shanghai",
    doc="The district's name as papers and certificates bear it, in English.",
)
