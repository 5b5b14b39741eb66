"""Reports: one model, made of questions with their answers, and a writer for each form.

`sections` is the table of what a report contains, `model` what it is, `make` asks the questions,
`page` and `workbook` write it, `pictures` draws, `check` asks again and compares. Nothing here
reads a clock or a file: the same log, the same two clocks and the same scope give the same bytes.
"""
