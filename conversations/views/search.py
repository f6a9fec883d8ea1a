"""The search page: all kinds at a glance, or one kind page by page. Plain GETs; script only brings the focus."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from config.rendering import without_nul
from conversations.queries import search
from conversations.queries.spelling import near_spelling
from conversations.search_marks import marked, snippet
from conversations.search_terms import Question, parse
from conversations.templatetags.markdown import plain
from conversations.views.pages import DeskRequest, answer
from conversations.views.scopes import find_scope
from inboxes.edge import account_view

KINDS = {
    "all": gettext_lazy("All"),
    "messages": gettext_lazy("Messages"),
    "conversations": gettext_lazy("Conversations"),
    "contacts": gettext_lazy("Contacts"),
}
AT_A_GLANCE = {"messages": 10, "conversations": 5, "contacts": 5}
LAST_PAGE = search.MOST // search.PAGE
KEPT = 8  # recent searches


@dataclass(frozen=True)
class Group:
    """Hits of one kind. `rows` are what the template of the kind shows; `more` leads on, "" at the end."""

    kind: str
    title: Any
    rows: list[dict[str, Any]]
    more: str = ""
    is_cut: bool = False


@account_view
@require_safe
def show_search(request: DeskRequest, kind: str = "all") -> HttpResponse:
    question = parse(without_nul(request.GET.get("q", "")), today=timezone.now().date())
    context = {
        # The newest event, for the socket that starts with the page; the page itself is no scope of conversations.
        "scope": {"kind": "search", "seq": find_scope(access=request.access).seq},
        "kind": kind,
        "question": question,
        "tabs": _tabs(request, kind, question.text),
        **_found(request, kind, question),
    }
    if question.is_empty:
        context["recent"] = request.session.get(_recent_key(request), [])
    elif request.GET.keys() == {"q"}:
        _remember(request, question.text)
    return answer(request, "search/page.html", context)


@account_view
@require_POST
def forget_searches(request: DeskRequest) -> HttpResponse:
    request.session.pop(_recent_key(request), None)
    return HttpResponseRedirect(reverse("desk:search", args=[request.access.account_id]))


def search_url(request: DeskRequest, kind: str, text: str, **more: Any) -> str:
    name = "desk:search" if kind == "all" else f"desk:search-{kind}"
    return f"{reverse(name, args=[request.access.account_id])}?{urlencode({'q': text, **more})}"


def _tabs(request: DeskRequest, kind: str, text: str) -> list[dict[str, Any]]:
    return [
        {"title": title, "url": search_url(request, one, text), "on": one == kind}
        for one, title in KINDS.items()
    ]


@dataclass(frozen=True)
class Looking:
    """What is looked for on which page. `people`: ids of the contacts it names, of whom conversations come, too."""

    request: DeskRequest
    kind: str
    asked: search.Asked
    people: list[int]

    @property
    def page(self) -> int:
        return min(_number(self.request.GET.get("page")) or 1, LAST_PAGE) if self.kind != "all" else 1

    @property
    def below(self) -> int | None:
        return _number(self.request.GET.get("below")) if self.kind != "all" else None

    def most(self, kind: str) -> int:
        return AT_A_GLANCE[kind] if self.kind == "all" else search.PAGE

    def onward(self, kind: str, is_more: bool) -> str:
        """To the kind's own page, or to its next one."""
        if not is_more or self.page >= LAST_PAGE:
            return ""
        following = {} if self.kind == "all" else {"page": self.page + 1}
        return search_url(self.request, kind, self.asked.question.text, **following)


def _found(request: DeskRequest, kind: str, question: Question) -> dict[str, Any]:
    if question.is_empty:
        return {"groups": [], "hints": question.hints, "only_without": bool(question.without)}
    asked = search.look_up_names(access=request.access, question=question)
    kinds = [kind]
    if kind == "all":
        kinds = ["messages"] if question.is_about_messages else list(AT_A_GLANCE)
    looking = Looking(request, kind, asked, _people(request, question) if kinds != ["messages"] else [])
    groups = [_FINDERS[one](looking) for one in kinds]
    found = [group for group in groups if group.rows or group.more]
    return {"groups": found, "hints": asked.hints, **({} if found else _instead(request, kind, asked))}


def _people(request: DeskRequest, question: Question) -> list[int]:
    page = min(_number(request.GET.get("page")) or 1, LAST_PAGE)
    most = max(search.MOST_PEOPLE, min(page * search.PAGE + 1, search.MOST))
    return search.contact_ids(access=request.access, names=question.names, most=most)


def _instead(request: DeskRequest, kind: str, asked: search.Asked) -> dict[str, Any]:
    """What to try where nothing was found: a near spelling, or the words without what narrows the search."""
    question = asked.question
    near = near_spelling(access=request.access, question=question)
    bare = " ".join([*question.words, *(f'"{phrase}"' for phrase in question.phrases)])
    is_narrow = question.is_about_messages or question.without or kind != "all"
    return {
        "near": near,
        "near_url": search_url(request, kind, near) if near else "",
        "wider_url": search_url(request, "all", bare) if is_narrow and bare else "",
    }


def _messages(looking: Looking) -> Group:
    request, question, most = looking.request, looking.asked.question, looking.most("messages")
    hits = search.find_messages(access=request.access, asked=looking.asked, below=looking.below, most=most)
    words = (*question.words, *question.phrases)
    rows = [
        {
            "message": message,
            "conversation": hits.conversations.get(message["conversation_id"]),
            "pieces": snippet(plain(message["content"] or "", length=40_000), words),
        }
        for message in hits.messages
    ]
    # What a glance has shown, the page of all messages begins with.
    place = {"below": hits.older} if hits.is_cut or looking.kind != "all" else {}
    more = search_url(request, "messages", question.text, **place) if hits.older else ""
    return Group("messages", KINDS["messages"], rows, more, hits.is_cut)


def _conversations(looking: Looking) -> Group:
    most = looking.most("conversations")
    found = search.find_conversations(
        access=looking.request.access,
        number=looking.asked.question.number,
        contacts=looking.people,
        most=most + 1,
        skip=(looking.page - 1) * most,
    )
    rows = [
        {"conversation": one, "names": _called(one["meta"]["sender"], looking.asked)} for one in found[:most]
    ]
    more = looking.onward("conversations", len(found) > most)
    return Group("conversations", KINDS["conversations"], rows, more)


def _contacts(looking: Looking) -> Group:
    access, most, page = looking.request.access, looking.most("contacts"), looking.page
    shown = search.contacts_by_id(access=access, ids=looking.people[(page - 1) * most : page * most])
    talks = search.newest_conversations(access=access, contacts=[one.pk for one in shown])
    rows = [
        {"contact": one, "newest": talks.get(one.pk), "names": _called(vars(one), looking.asked)}
        for one in shown
    ]
    more = looking.onward("contacts", len(looking.people) > page * most)
    return Group("contacts", KINDS["contacts"], rows, more)


_FINDERS = {"messages": _messages, "conversations": _conversations, "contacts": _contacts}


def _called(contact: dict[str, Any], asked: search.Asked) -> dict[str, Any]:
    """How a contact is called, marked: {name: pieces, rest: [pieces of e-mail, number …]}."""
    words = asked.question.names
    company = (contact["additional_attributes"] or {}).get("company_name")
    rest = [contact["email"], contact["phone_number"], contact["identifier"], company]
    return {
        "name": marked(contact["name"] or _("Visitor"), words, anywhere=True),
        "rest": [marked(str(text), words, anywhere=True) for text in rest if text],
    }


def _number(value: str | None) -> int | None:
    """A number of the query string; nonsense counts as not given."""
    return (
        min(int(value), 2**63 - 1) if value and value.isascii() and value.isdigit() and int(value) else None
    )


def _recent_key(request: DeskRequest) -> str:
    return f"searches:{request.access.account_id}"


def _remember(request: DeskRequest, text: str) -> None:
    """The session forgets them at sign-out."""
    key = _recent_key(request)
    known = request.session.get(key, [])
    recent = [text, *(one for one in known if one != text)][:KEPT]
    if recent != known:
        request.session[key] = recent
