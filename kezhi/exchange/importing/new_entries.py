"""Words of a list that no entry of ours means: added to our list on import, where the person may and says so.

Until the rows go in nothing is written: while they are checked, any entry stands in for the ones to come.
"""

from collections.abc import Iterable, Sequence

from django.db import transaction

from kezhi.access.actors import Actor
from kezhi.access.policies import NotAllowed
from kezhi.core.figures import integer_figure
from kezhi.core.values.sensitive import find_sensitive
from kezhi.exchange.importing.options import ADD, ImportOptions
from kezhi.exchange.importing.runs import actor_of
from kezhi.exchange.importing.targets import TargetField, Targets
from kezhi.exchange.models import ImportRun, RunState
from kezhi.exchange.reading import ValueGuess
from kezhi.records.lists import fresh_list
from kezhi.records.models import PickItem, PickList
from kezhi.records.operations.lists import (
    ACTION,
    AREA,
    LONGEST_NAME,
    ItemDraft,
    add_item,
    change_item,
    item_uses,
    remove_item,
)
from kezhi.records.operations.problems import InvalidRecord
from kezhi.records.registry import record_type


def may_add_entries(target: TargetField, actor: Actor) -> bool:
    """Whether words can become entries of this field's list, and this actor may add some."""
    return bool(target.pick_list) and actor.allows(AREA, ACTION)


def can_be_entry(text: str) -> bool:
    """Whether a word could stand on a list at all: not too long, not a bare number, nobody's identity (CUS-8)."""
    return len(text) <= LONGEST_NAME and any(char.isalpha() for char in text) and not find_sensitive(text)


def words_to_add(target: TargetField, guesses: Sequence[ValueGuess], targets: Targets) -> list[str]:
    """The unknown words of a column that are added unless the person says otherwise.

    A few unknown words among many known ones are mistakes and refused (CUS-5). Where a good part of the rows says what
    no entry means, the list of somebody else's house comes along with the rows.
    """
    unknown = [guess for guess in guesses if guess.option_key is None]
    told = sum(guess.count for guess in guesses)
    if not unknown or not may_add_entries(target, targets.actor) or target.key in targets.profile.closed:
        return []
    share = sum(guess.count for guess in unknown) * 100
    if share < integer_figure("exchange.new_entries_percent") * told:
        return []
    words = [guess.text for guess in unknown if can_be_entry(guess.text)]
    return words if len(words) <= integer_figure("exchange.new_entries") else []


def add_entries(run_id: int) -> None:
    """Make the entries an import is to bring, before its first row goes in; harmless to repeat.

    Where the right to it was taken away since, the words are what no list holds, and their rows are refused.
    """
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run_id)
        options = ImportOptions.of(run.options)
        if run.state != RunState.APPLYING or not any(ADD in words.values() for words in options.value_maps.values()):
            return
        actor = actor_of(run)
        targets = Targets(record_type(run.record_type), actor)
        mapped = set(run.mapping.values())
        for key, words in options.value_maps.items():
            target = targets.fields.get(key)
            for text in [text for text, chosen in words.items() if chosen == ADD]:
                if target is None or key not in mapped:
                    words[text] = text
                    continue
                words[text], item = _entry(target, text, actor)
                options.added_items += [item] if item else []
        run.options = options.stored()
        run.checked_under = ""  # rows kept from the check hold what stood in for the entries
        run.save(update_fields=["options", "checked_under"])


def _entry(target: TargetField, text: str, actor: Actor) -> tuple[str, int]:
    """The key of the entry of that name, and its row when it was made just now (else 0)."""
    if not target.pick_list:
        return text, 0
    if (key := fresh_list(target.pick_list).find(text)) is not None:
        return key, 0
    try:
        with transaction.atomic():
            item = add_item(PickList.objects.get(key=target.pick_list), ItemDraft(text), actor=actor)
    except InvalidRecord:
        # Another import may have added the same word while this one waited for the list.
        return fresh_list(target.pick_list).find(text) or text, 0
    except NotAllowed:
        return text, 0
    return item.key, item.pk


def take_back_entries(items: Iterable[int], *, actor: Actor) -> None:
    """Remove the entries an import had brought; those that records in the recycle bin still name are switched off.

    An entry that somebody else uses by now stays.
    """
    for item in PickItem.objects.filter(pk__in=list(items)).select_related("list"):
        try:
            if item_uses(item.list, live=True).get(item.key):
                continue
            if item_uses(item.list).get(item.key):
                draft = ItemDraft(item.name_zh, item.name_en, item.tone, item.synonyms, is_active=False)
                change_item(item, draft, actor=actor)
            else:
                remove_item(item, actor=actor)
        except (NotAllowed, InvalidRecord):
            continue
