"""What stands in the demo account besides talk: people, teams, inboxes, labels, answers at hand, fields."""

from __future__ import annotations

import datetime

from django.core.management import call_command
from django.utils import timezone

from accounts.models import Account, AgentBot, Membership, Role, Team, TeamMember, User
from accounts.models.membership import Availability
from channels_ext.demo import cast
from channels_ext.demo.attention import call_attention
from channels_ext.demo.scripts import canned
from channels_ext.demo.showpieces import make_showpieces
from channels_ext.demo.story import Stage, make_contacts, make_story
from channels_ext.models import ApiChannel, WebWidget
from config.database import account_scope
from conversations.actions.demo import MANIFEST
from conversations.actions.seeding import write_contacts, write_past
from conversations.models import CannedResponse, Contact, ContactLabel, CustomAttributeDefinition, Label, Note
from inboxes.models import Inbox, InboxMember

NOTES = (
    "Prefers to be called after 17:00.",
    "Has two cats; asks for scratch-proof fabric every time.",
    "Always pays by invoice, never late.",
    "Moved in spring, the old address is still in the shop.",
    "Restaurant owner. Chairs must be stackable.",
    "Speaks English and a little German.",
)


def furnish(*, account_id: int, shop_inbox_id: int, api_inbox_id: int) -> None:
    """All of it, in one transaction, with a list of what it was: only that goes again (conversations.actions.demo)."""
    with account_scope(account_id):
        account = Account.objects.select_for_update(no_key=True).get(pk=account_id)
        if MANIFEST in account.custom_attributes:
            return
        made = _Maker(account).everything(shop_inbox_id, api_inbox_id)
        account.custom_attributes[MANIFEST] = {**made, "at": timezone.now().isoformat()}
        account.save(update_fields=["custom_attributes", "updated_at"])
    # By its name: figures stand beside this app, and neither knows the other.
    call_command("measure_past", str(account_id), verbosity=0, stdout=_Silence())


class _Silence:
    def write(self, _text: str) -> None:
        """The supervisor's log is for other things."""


class _Maker:
    def __init__(self, account: Account) -> None:
        self._account = account

    def everything(self, shop: int, api: int) -> dict[str, list[int]]:
        members, new_members = self._people()
        teams = self._teams(members)
        bot = AgentBot.objects.create(
            account=self._account, name=cast.BOT, description="Answers first, at night too."
        )
        inboxes, new_inboxes = self._inboxes(shop)
        people = self._seats(members, inboxes, api)
        stage = Stage(now=timezone.now(), bot=bot, people=people, teams=teams)
        labels, fields, answers = self._labels(), self._fields(), self._canned()
        self._talk(stage, inboxes)
        call_attention(self._account, members[:2])
        return {
            "members": [member.pk for member in new_members],
            "teams": [team.pk for team in teams.values()],
            "bots": [bot.pk],
            "inboxes": new_inboxes,
            "labels": labels,
            "fields": fields,
            "canned": answers,
        }

    def _people(self) -> tuple[list[Membership], list[Membership]]:
        members, made = [], []
        for name, email, _teams, availability in cast.AGENTS:
            user = User.objects.filter(email=email).first() or User.objects.create_user(
                email, None, name=name
            )
            member, is_new = Membership.objects.get_or_create(
                account=self._account, user=user, defaults={"role": Role.AGENT}
            )
            member.availability = Availability[availability]
            member.auto_offline = availability != "BUSY"  # so that a look at the list shows all three
            member.save(update_fields=["availability", "auto_offline", "updated_at"])
            members.append(member)
            if is_new:
                made.append(member)
        return members, made

    def _teams(self, members: list[Membership]) -> dict[str, Team]:
        teams = {}
        for name, description in cast.TEAMS:
            teams[name], _new = Team.objects.get_or_create(
                account=self._account, name=name, defaults={"description": description}
            )
        seats = [
            TeamMember(account=self._account, team=teams[team], membership=member)
            for member, (_name, _email, their, _availability) in zip(members, cast.AGENTS, strict=True)
            for team in their
        ]
        TeamMember.objects.bulk_create(seats, ignore_conflicts=True)
        return teams

    def _inboxes(self, shop: int) -> tuple[dict[str, int], list[int]]:
        trade = Inbox.objects.create(account=self._account, name="Trade customers", kind="web_widget")
        WebWidget.objects.create(
            account=self._account, inbox=trade, website_url="https://trade.harbor-oak.example", widget_color="#7c2d12",
            welcome_title="For resellers", welcome_tagline="Prices, quantities, delivery notes.",
        )  # fmt: skip
        market = Inbox.objects.create(account=self._account, name="Marketplace", kind="api")
        ApiChannel.objects.create(account=self._account, inbox=market)
        return {"shop": shop, "trade": trade.pk, "market": market.pk}, [trade.pk, market.pk]

    def _seats(
        self, members: list[Membership], inboxes: dict[str, int], api: int
    ) -> dict[str, list[Membership]]:
        """Everybody works in the shop; the other inboxes have people of their own."""
        people = {
            "shop": members,
            "trade": [members[0], members[1], members[2], members[6]],
            "market": [members[0], members[5], members[4]],
        }
        seats = {(inboxes[key], member.pk) for key, some in people.items() for member in some}
        seats |= {(inbox, member.pk) for inbox in (api, inboxes["market"]) for member in members[:2]}
        InboxMember.objects.bulk_create(
            (
                InboxMember(account=self._account, inbox_id=inbox, membership_id=member)
                for inbox, member in sorted(seats)
            ),
            ignore_conflicts=True,
        )
        return people

    def _labels(self) -> list[int]:
        made = [
            Label.objects.get_or_create(
                account=self._account, title=title,
                defaults={"color": color, "description": description, "show_on_sidebar": title != "spam"},
            )
            for title, color, description in cast.LABELS
        ]  # fmt: skip
        return [label.pk for label, _is_new in made]

    def _fields(self) -> list[int]:
        kinds = CustomAttributeDefinition.DisplayType
        made = CustomAttributeDefinition.objects.bulk_create(
            CustomAttributeDefinition(
                account=self._account,
                attribute_model=CustomAttributeDefinition.Model[model],
                attribute_key=key,
                attribute_display_name=name,
                attribute_display_type=kinds[kind],
                attribute_description=description,
                attribute_values=list(values),
            )
            for model, key, name, kind, description, values in cast.ATTRIBUTES
        )
        return [field.pk for field in made]

    def _canned(self) -> list[int]:
        made = CannedResponse.objects.bulk_create(
            CannedResponse(account=self._account, short_code=code, content=text) for code, text in canned()
        )
        return [answer.pk for answer in made]

    def _talk(self, stage: Stage, inboxes: dict[str, int]) -> None:
        planned = make_contacts(stage, inboxes)
        for contact in (one for share in planned.values() for _who, one, _inbox in share):
            contact.account_id = self._account.pk
        for key, share in planned.items():
            contacts = [(contact, inbox) for _who, contact, inbox in share]
            sessions = write_contacts(account_id=self._account.pk, contacts=contacts)
            stage.customers[key] = [(one[0], session) for one, session in zip(share, sessions, strict=True)]
        self._about(stage)
        write_past(account_id=self._account.pk, past=[*make_story(stage), *make_showpieces(stage)])

    def _about(self, stage: Stage) -> None:
        contacts: list[Contact] = [session.contact for _who, session in stage.customers["shop"]]
        ContactLabel.objects.bulk_create(
            ContactLabel(account=self._account, contact=contact, title=title)
            for contact in contacts
            for title in contact.labels
        )
        author = stage.people["shop"][0].user
        Note.objects.bulk_create(
            Note(
                account=self._account, contact=contact, user=author, content=NOTES[number % len(NOTES)],
                created_at=stage.now - datetime.timedelta(days=1 + number),
            )
            for number, contact in enumerate(contacts[::5])
        )  # fmt: skip
