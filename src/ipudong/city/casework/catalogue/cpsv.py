"""Items as CPSV-AP 3.2.0: a graph of public services, authorities, channels, evidence and costs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.utils import translation
from django.utils.functional import Promise
from rdflib import RDF, XSD, Graph, Literal, Namespace, URIRef
from rdflib.namespace import DCAT, DCTERMS, FOAF, SKOS

from ipudong.city.casework.catalogue.records import Fee, Item, Material, Result, Words
from ipudong.city.casework.catalogue.themes import EVENTS, THEMES, LifeEvent
from ipudong.city.casework.models.catalogue import Depth, ItemKind
from ipudong.city.casework.queries.catalogue import Entry

CPSV: Final = Namespace("http://purl.org/vocab/cpsv#")
CV: Final = Namespace("http://data.europa.eu/m8g/")
ELI: Final = Namespace("http://data.europa.eu/eli/ontology#")
ADMS: Final = Namespace("http://www.w3.org/ns/adms#")
ATU: Final = URIRef("http://data.europa.eu/88u/dataset/atu-type")
PREFIXES: Final = {
    "cpsv": CPSV,
    "cv": CV,
    "eli": ELI,
    "adms": ADMS,
    "dct": DCTERMS,
    "dcat": DCAT,
    "skos": SKOS,
    "foaf": FOAF,
}


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the things described live; `base` is the address of the site, without a slash."""

    base: str

    def of(self, *parts: str) -> URIRef:
        """The address of a thing of the catalogue."""
        return URIRef("/".join((self.base, "govservice", *parts)))


def describe(entries: Iterable[Entry], addresses: Addresses) -> Graph:
    """The graph of these entries."""
    graph = Graph()
    for prefix, namespace in PREFIXES.items():
        graph.bind(prefix, namespace)
    writer = _Writer(graph, addresses)
    for entry in entries:
        writer.add_entry(entry)
    return graph


class _Writer:
    def __init__(self, graph: Graph, addresses: Addresses) -> None:
        self._graph = graph
        self._of = addresses.of

    def add_entry(self, entry: Entry) -> None:
        service = self._of("items", entry.code)
        self._say(service, RDF.type, CPSV.PublicService)
        identifier = entry.item.item_code if entry.item else entry.code
        self._say(service, DCTERMS.identifier, Literal(identifier))
        self._words(service, DCTERMS.title, entry.name)
        self._words(service, DCTERMS.description, entry.item.summary if entry.item else entry.name)
        self._say(service, CV.hasCompetentAuthority, self._authority(entry))
        self._say(service, CV.isClassifiedBy, self._concept("kinds", entry.kind, _kind(entry.kind)))
        depth = Depth(entry.depth).label
        self._say(service, CV.isClassifiedBy, self._concept("depths", entry.depth, depth))
        status = self._concept("status", "active", "Active")
        self._say(service, ADMS.status, status)
        place = self._of("places", "310115")
        self._say(place, RDF.type, DCTERMS.Location)
        self._say(service, DCTERMS.spatial, place)
        if entry.item is not None:
            self._add_guide(service, entry.code, entry.item)

    def _authority(self, entry: Entry) -> URIRef:
        office = entry.department
        node = self._of("departments", office.code)
        self._say(node, RDF.type, CV.PublicOrganisation)
        self._words(node, SKOS.prefLabel, Words(zh=office.name_zh, en=office.name_en))
        district = self._of("divisions", "310115")
        self._say(district, RDF.type, ATU)
        self._say(node, DCTERMS.spatial, district)
        return node

    def _add_guide(self, service: URIRef, code: str, item: Item) -> None:
        days = Literal(f"P{item.promised_days}D", datatype=XSD.duration)
        self._say(service, CV.processingTime, days)
        for words in item.everyday.zh:
            self._say(service, DCAT.keyword, Literal(words, lang="zh-Hans"))
        for words in item.everyday.en:
            self._say(service, DCAT.keyword, Literal(words, lang="en"))
        for theme in item.themes:
            title = THEMES[theme].title
            self._say(service, CV.thematicArea, self._concept("themes", theme, title))
        for audience in item.audience:
            said = "Natural persons" if audience == "person" else "Organizations"
            self._say(service, DCTERMS.audience, self._concept("audiences", audience, said))
        for event in item.events:
            self._say(service, CV.isGroupedBy, self._event(EVENTS[event], service))
        for related in item.related:
            self._say(service, CV.relatedService, self._of("items", related))
        self._add_parts(service, code, item)

    def _add_parts(self, service: URIRef, code: str, item: Item) -> None:
        for material in item.materials:
            evidence = self._evidence(code, material)
            self._say(service, CPSV.hasInput, evidence)
            self._say(service, CV.hasInputType, URIRef(f"{evidence}/type"))
        for place, result in enumerate(item.results, start=1):
            self._say(service, CPSV.produces, self._output(code, place, result))
        for fee in item.fees:
            self._say(service, CV.hasCost, self._cost(code, fee))
        for channel in item.channels:
            self._say(service, CV.hasChannel, self._channel(code, channel))
        self._add_rules(service, code, item)
        self._add_contact(service, code, item)

    def _add_rules(self, service: URIRef, code: str, item: Item) -> None:
        for place, basis in enumerate(item.basis, start=1):
            law = self._of("items", code, "laws", str(place))
            self._say(law, RDF.type, ELI.LegalResource)
            self._words(law, DCTERMS.title, basis.title)
            self._say(service, CV.hasLegalResource, law)
            rule = self._of("items", code, "rules", str(place))
            self._say(rule, RDF.type, CPSV.Rule)
            self._say(rule, DCTERMS.identifier, Literal(f"{code}-rule-{place}"))
            self._words(rule, DCTERMS.title, basis.title)
            self._words(rule, DCTERMS.description, basis.clause)
            self._say(rule, CPSV.implements, law)
            self._say(service, CPSV.follows, rule)
        for place, condition in enumerate(item.conditions, start=1):
            node = self._of("items", code, "conditions", str(place))
            self._say(node, RDF.type, CV.Requirement)
            self._say(node, DCTERMS.identifier, Literal(f"{code}-condition-{place}"))
            self._words(node, DCTERMS.title, condition)
            self._say(service, CV.holdsRequirement, node)

    def _add_contact(self, service: URIRef, code: str, item: Item) -> None:
        for number, place in enumerate(item.places, start=1):
            node = self._of("items", code, "places", str(number))
            self._say(node, RDF.type, CV.ContactPoint)
            if place.phone:
                self._say(node, CV.telephone, Literal(place.phone))
            page = self._of("items", code)
            document = URIRef(f"{page}/")
            self._say(document, RDF.type, FOAF.Document)
            self._say(node, CV.contactPage, document)
            self._say(service, CV.contactPoint, node)

    def _evidence(self, code: str, material: Material) -> URIRef:
        node = self._of("items", code, "materials", material.code)
        self._say(node, RDF.type, CV.Evidence)
        self._say(node, DCTERMS.identifier, Literal(f"{code}-{material.code}"))
        self._words(node, DCTERMS.title, material.name)
        if material.sample is not None:
            self._words(node, DCTERMS.description, material.sample)
        kind = URIRef(f"{node}/type")
        self._say(kind, RDF.type, CV.EvidenceType)
        self._say(kind, DCTERMS.identifier, Literal(f"{code}-{material.code}-type"))
        self._say(node, DCTERMS.conformsTo, kind)
        return node

    def _output(self, code: str, place: int, result: Result) -> URIRef:
        node = self._of("items", code, "results", str(place))
        self._say(node, RDF.type, CV.Output)
        self._say(node, DCTERMS.identifier, Literal(f"{code}-result-{place}"))
        self._words(node, DCTERMS.title, result.name)
        self._words(node, DCTERMS.description, result.validity)
        return node

    def _cost(self, code: str, fee: Fee) -> URIRef:
        node = self._of("items", code, "fees", fee.code)
        self._say(node, RDF.type, CV.Cost)
        self._say(node, DCTERMS.identifier, Literal(f"{code}-{fee.code}"))
        self._say(node, CV.hasValue, Literal(f"{fee.yuan:g}", datatype=XSD.double))
        self._say(node, CV.currency, self._concept("currencies", "CNY", "CNY"))
        self._words(node, DCTERMS.description, fee.basis)
        return node

    def _channel(self, code: str, channel: str) -> URIRef:
        node = self._of("items", code, "channels", channel)
        self._say(node, RDF.type, CV.Channel)
        self._say(node, DCTERMS.identifier, Literal(f"{code}-{channel}"))
        self._say(node, DCTERMS.type, self._concept("channels", channel, channel))
        return node

    def _event(self, event: LifeEvent, service: URIRef) -> URIRef:
        node = self._of("journeys", event.code)
        kind = CV.LifeEvent if event.kind == "life" else CV.BusinessEvent
        for each in (kind, CV.Event):  # the shapes ask for the class itself, not for a subclass
            self._say(node, RDF.type, each)
        self._say(node, DCTERMS.identifier, Literal(event.code))
        self._words(node, DCTERMS.title, _in_both(event.title))
        self._words(node, DCTERMS.description, _in_both(event.lead))
        self._say(node, CV.hasRelatedService, service)
        return node

    def _concept(self, scheme: str, code: str, label: str | Promise) -> URIRef:
        node = self._of("terms", scheme, code)
        self._say(node, RDF.type, SKOS.Concept)
        self._say(node, SKOS.notation, Literal(code))
        self._words(node, SKOS.prefLabel, _in_both(label))
        return node

    def _words(self, node: URIRef, predicate: URIRef, words: Words) -> None:
        self._say(node, predicate, Literal(words.zh, lang="zh-Hans"))
        self._say(node, predicate, Literal(words.en, lang="en"))

    def _say(self, node: URIRef, predicate: URIRef, value: URIRef | Literal) -> None:
        self._graph.add((node, predicate, value))


def _kind(code: str) -> str | Promise:
    return ItemKind(code).label


def _in_both(label: str | Promise) -> Words:
    with translation.override("zh-hans"):
        zh = str(label)
    with translation.override("en"):
        return Words(zh=zh, en=str(label))
