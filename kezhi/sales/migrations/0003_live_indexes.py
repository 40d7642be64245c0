"""The indexes that lists are read by hold no records of the recycle bin."""

from django.db import migrations

from kezhi.records.index_migration import HoldLiveRecords

INDEXES = {
    "leadsource": {
        "lead_source_own": ["owner", "created_at", "id"],
        "lead_source_channel": ["channel", "created_at", "id"],
        "lead_source_created": ["created_at", "id"],
        "lead_source_name": ["name", "id"],
    },
    "lead": {
        "lead_own_entered": ["owner", "entered_at", "id"],
        "lead_own_state": ["owner", "state", "entered_at", "id"],
        "lead_own_score": ["owner", "score", "id"],
        "lead_entered": ["entered_at", "id"],
        "lead_created": ["created_at", "id"],
        "lead_score": ["score", "id"],
        "lead_state": ["state", "entered_at", "id"],
    },
    "opportunity": {
        "opportunity_own_stage": ["owner", "stage", "created_at", "id"],
        "opportunity_own_created": ["owner", "created_at", "id"],
        "opportunity_own_changed": ["owner", "changed_at", "id"],
        "opportunity_own_close": ["owner", "expected_close_on", "id"],
        "opportunity_own_amount": ["owner", "amount", "id"],
        "opportunity_own_state": ["owner", "state", "expected_close_on"],
        "opportunity_stage": ["stage", "created_at", "id"],
        "opportunity_created": ["created_at", "id"],
        "opportunity_changed": ["changed_at", "id"],
        "opportunity_close": ["expected_close_on", "id"],
        "opportunity_amount": ["amount", "id"],
        "opportunity_closed": ["state", "closed_at"],
        "opportunity_expected": ["state", "expected_close_on"],
        "opportunity_entered": ["stage_entered_at", "id"],
        "opportunity_stage_due": ["stage_due_at", "id"],
    },
    "product": {
        "product_created": ["created_at", "id"],
        "product_name": ["name", "id"],
        "product_category": ["category", "created_at", "id"],
        "product_price": ["price", "id"],
    },
    "quote": {
        "quote_own_created": ["owner", "created_at", "id"],
        "quote_own_state": ["owner", "state", "created_at", "id"],
        "quote_created": ["created_at", "id"],
        "quote_state": ["state", "created_at", "id"],
    },
    "contract": {
        "contract_own_created": ["owner", "created_at", "id"],
        "contract_own_state": ["owner", "state", "created_at", "id"],
        "contract_own_ends": ["owner", "ends_on", "id"],
        "contract_created": ["created_at", "id"],
        "contract_state": ["state", "created_at", "id"],
        "contract_ends": ["ends_on", "id"],
        "contract_next_due": ["next_due_on", "id"],
    },
    "instalment": {
        "instalment_state": ["state", "due_on", "id"],
        "instalment_due": ["due_on", "id"],
        "instalment_created": ["created_at", "id"],
    },
    "payment": {
        "payment_state": ["state", "received_on", "id"],
        "payment_received": ["received_on", "id"],
        "payment_created": ["created_at", "id"],
    },
    "order": {
        "order_own_ordered": ["owner", "ordered_on", "id"],
        "order_ordered": ["ordered_on", "id"],
        "order_created": ["created_at", "id"],
        "order_state": ["state", "ordered_on", "id"],
    },
}


class Migration(migrations.Migration):
    dependencies = [("sales", "0002_tags_for_leads")]

    operations = [HoldLiveRecords(model, indexes) for model, indexes in INDEXES.items()]
