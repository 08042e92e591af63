"""Addresses of My space, of files and papers, and of the public proof."""

from django.urls import include, path

from ipudong.portal.space import (
    acting,
    cases,
    consents,
    export,
    family,
    messages,
    overview,
    own_data,
    paper_files,
    papers,
    proof,
    read_complaints,
)

app_name = "space"
urlpatterns = [
    path("space/", overview.show_overview, name="overview"),
    path("space/acting/", acting.choose_party, name="acting"),
    path("space/cases/", cases.list_cases, name="cases"),
    path("space/cases/<str:number>/", cases.show_case, name="case"),
    path("space/cases/<str:number>/messages/", cases.send, name="send_message"),
    path("space/papers/", papers.list_papers, name="papers"),
    path("space/papers/<str:number>/", papers.show_paper, name="paper"),
    path("space/licences/<int:licence_id>/", papers.show_licence, name="licence"),
    path("space/messages/", messages.list_messages, name="messages"),
    path("space/data/", own_data.show_data, name="data"),
    path("space/data/reads/", own_data.list_reads, name="reads"),
    path("space/data/reads/<int:entry>/", own_data.ask_about, name="ask_reading"),
    path("space/data/export/", export.export_data, name="export"),
    path("space/consents/", consents.list_consents, name="consents"),
    path("space/consents/<int:use_id>/withdraw/", consents.withdraw, name="withdraw_consent"),
    path("space/family/", family.show_family, name="family"),
    path("space/family/invite/", family.invite, name="invite"),
    path("space/family/<int:representation_id>/accept/", family.accept, name="accept"),
    path("space/family/<int:representation_id>/end/", family.end, name="end"),
    path("space/questions/", read_complaints.list_complaints, name="complaints"),
    path("space/questions/<int:complaint_id>/", read_complaints.answer, name="answer_complaint"),
    path("files/<int:attachment_id>/", paper_files.open_attachment, name="attachment"),
    path("files/<int:attachment_id>/small/", paper_files.open_thumbnail, name="thumbnail"),
    path("files/papers/<str:number>/", paper_files.open_paper, name="paper_file"),
    path("files/papers/<str:number>/qr.svg", paper_files.draw_code, name="paper_qr"),
    path(
        "verify/",
        include(
            [
                path("", proof.show_entrance, name="verify"),
                path("file/", proof.judge_file, name="verify_file"),
                path("text/", proof.judge_text, name="verify_text"),
                path("keys.json", proof.list_keys, name="verify_keys"),
                path("<str:code>/", proof.show_verdict, name="verify_code"),
            ]
        ),
    ),
]
