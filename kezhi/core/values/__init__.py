"""Values as people type them, and the one form in which they are kept.

Each module reads one kind of value (phone, e-mail, money, date, company name, address) from messy input and either
gives back the stored form or raises ``ValueProblem`` with a stable code and a sentence for the person. No tables, no
requests.
"""
