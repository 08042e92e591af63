"""The catalogue for machines, against what CPSV-AP 3.2.0 asks (shapes restated, pyshacl)."""

from pathlib import Path

import pyshacl
import pytest
from rdflib import RDF, Graph, Literal, URIRef
from rdflib.namespace import DCTERMS

from ipudong.city.casework.catalogue.cpsv import CPSV, CV, Addresses, describe
from ipudong.systems.govservice.tests.catalogue_entries import list_entries

SHAPES = Graph().parse(Path(__file__).with_name("cpsv_ap_shapes.ttl"))
SITE = Addresses("https://pudong.example")
# The example service of the release (html/examples/example-rdf_public_service.ttl), its own terms.
EXAMPLE = """
@prefix cpsv: <http://purl.org/vocab/cpsv#> . @prefix cv: <http://data.europa.eu/m8g/> .
@prefix dct: <http://purl.org/dc/terms/> . @prefix ex: <http://example.com/> .
ex:publicService1 a cpsv:PublicService ; dct:identifier "Tax-on-web" ; dct:title "Tax-on-web"@en .
"""


@pytest.fixture(scope="module")
def graph() -> Graph:
    return describe(list_entries(), SITE)


def list_faults(graph: Graph) -> str:
    conforms, _, report = pyshacl.validate(graph, shacl_graph=SHAPES, inference="none")
    return "" if conforms else report


def test_every_item_has_the_shape_the_profile_asks(graph: Graph) -> None:
    assert list_faults(graph) == ""


def test_every_item_is_there_with_its_national_code(graph: Graph) -> None:
    services = set(graph.subjects(RDF.type, CPSV.PublicService))
    assert len(services) == len(list_entries())
    code = "31PD01010000-310115000000-000-11310115MB1XD0054D-1-00"
    assert (URIRef("https://pudong.example/govservice/items/restaurant"), DCTERMS.identifier,
            Literal(code)) in graph  # fmt: skip


def test_an_item_without_what_the_profile_asks_is_found_out(graph: Graph) -> None:
    assert "hasCompetentAuthority" in list_faults(Graph().parse(data=EXAMPLE, format="turtle"))
    poor = Graph() + graph
    poor.remove((None, CV.hasCompetentAuthority, None))
    assert "Less than 1 values" in list_faults(poor)


# The library's own JSON-LD reader still uses a class that it has deprecated.
@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")
@pytest.mark.parametrize("name", ["turtle", "json-ld"])
def test_both_formats_say_the_same(name: str, graph: Graph) -> None:
    again = Graph().parse(data=graph.serialize(format=name), format=name)
    assert len(again) == len(graph)
    assert set(again) == set(graph)
