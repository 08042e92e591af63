"""A plan with one task and one mark, for tests to spoil."""

GOOD = """\
[plan]
code = "small"
title_zh = "小计划"
title_en = "Small plan"
issuer_zh = "区"
issuer_en = "District"
issued_on = 2020-01-01
starts_on = 2020-01-01
ends_on = 2022-12-31

[[departments]]
code = "epb"
name_zh = "环保局"
name_en = "Environment"

[[tasks]]
number = 1
key = "environment"
group = "application"
title_zh = "环保"
title_en = "Environment"
summary_zh = "环保"
summary_en = "Environment"
departments = ["epb"]

[[tasks.marks]]
code = "1.1"
wording_zh = "达到90%"
title_zh = "监测"
title_en = "Monitoring"
kind = "share"
unit = "percent"
direction = "at_least"
target = 90
due_on = 2022-12-31
figure = "source"
"""
