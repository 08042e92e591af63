"""Addresses of the work desk."""

from django.urls import path

from ipudong.portal.cases import case_acts, case_page, desk, files, task_acts, tasks

app_name = "cases"
urlpatterns = [
    path("", desk.show_desk, name="desk"),
    path("pool/", desk.show_pool, name="pool"),
    path("department/", desk.show_department, name="department"),
    path("consultations/", desk.show_consultations, name="consultations"),
    path("all/", desk.list_cases, name="cases"),
    path("find/", desk.find, name="find"),
    path("tasks.csv", desk.export_tasks, name="export"),
    path("tasks/", task_acts.act_on_many, name="act_on_many"),
    path("tasks/<int:task_id>/", tasks.show_task, name="task"),
    path("tasks/<int:task_id>/complete/", tasks.complete, name="complete"),
    path("tasks/<int:task_id>/claim/", task_acts.claim, name="claim"),
    path("tasks/<int:task_id>/release/", task_acts.release, name="release"),
    path("tasks/<int:task_id>/reassign/", task_acts.reassign, name="reassign"),
    path("tasks/<int:task_id>/delegate/", task_acts.delegate, name="delegate"),
    path("<str:number>/", case_page.show_case, name="case"),
    path("<str:number>/process.json", case_page.send_drawing, name="drawing"),
    path("<str:number>/applicant/", case_page.read_applicant, name="applicant"),
    path("<str:number>/message/", case_acts.send_message, name="message"),
    path("<str:number>/messages-read/", case_acts.read_messages, name="messages_read"),
    path("<str:number>/ask/", case_acts.ask_applicant, name="ask"),
    path("<str:number>/suspend/", case_acts.suspend, name="suspend"),
    path("<str:number>/resume/", case_acts.resume, name="resume"),
    path("<str:number>/consult/", case_acts.consult, name="consult"),
    path(
        "<str:number>/consultations/<int:consultation_id>/answer/",
        case_acts.answer_consultation,
        name="answer",
    ),
    path("<str:number>/accept/", case_acts.accept, name="accept"),
    path("<str:number>/refuse/", case_acts.refuse, name="refuse"),
    path("<str:number>/offline/", case_acts.note_offline, name="offline"),
    path("<str:number>/move/", case_acts.move, name="move"),
    path(
        "<str:number>/attachments/<int:attachment_id>/",
        files.send_attachment,
        name="attachment",
    ),
    path(
        "<str:number>/attachments/<int:attachment_id>/thumbnail/",
        files.send_thumbnail,
        name="thumbnail",
    ),
    path("<str:number>/papers/<str:paper_number>/", files.send_paper, name="paper"),
]
