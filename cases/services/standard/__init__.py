"""Case data in the words of HTCDS 2.0, the case data standard of IOM: lists, counterparts, and the file.

`lists` holds the standard's own names, `counterparts` which of ours answers to which, `rows` makes lines
about cases, and `taking` hands them out: to a coordinator, of the cases she holds, with a reason (ADR 1161).
"""
