"""Trust policies: every line that the specification allows, and none that it does not."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.errors import Malformed
from ledger.log.cosignature import COSIGNATURE, Cosigner
from ledger.log.note import verifier_key
from ledger.signing.signer import MemorySigner
from ledger.trust.policy import POLICY_BYTES_MAX, Policy, parse_policy

ORIGIN = "ledger.example/chips"


def cosigner(number: int) -> Cosigner:
    return Cosigner(
        f"witness.example/{number}", MemorySigner.from_seed(bytes([number] * 32)).public_key
    )


IDENTITY = b"\1" + bytes(31)
"""A point of small order: anybody can sign for it."""
LOG = verifier_key(ORIGIN, MemorySigner.from_seed(bytes(32)).public_key)
LOG_2 = verifier_key(ORIGIN, MemorySigner.from_seed(bytes(31) + b"\1").public_key)
W = {number: cosigner(number) for number in range(1, 7)}
V = {number: one.verifier_key for number, one in W.items()}
EXAMPLE = f"""# of two companies
log {LOG}

witness X1 {V[1]}
witness X2 {V[2]} https://two.example/
witness X3 {V[3]}
group X-witnesses 2 X1 X2 X3

witness Y1 {V[4]}
witness Y2 {V[5]}
witness Y3 {V[6]}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
"""


def policy(text: str) -> Policy:
    return parse_policy(text.encode("utf-8", "surrogateescape"))


def code_of(text: str | bytes) -> str:
    data = text if isinstance(text, bytes) else text.encode("utf-8", "surrogateescape")
    with pytest.raises(Malformed) as refusal:
        parse_policy(data)
    return refusal.value.code


def test_the_example_of_the_specification() -> None:
    found = policy(EXAMPLE)
    assert [(one.origin, one.url) for one in found.logs] == [(ORIGIN, None)]
    assert [one.name for one in found.witnesses] == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    assert found.cosigners == tuple(W.values())
    assert found.witnesses[1].url == "https://two.example/"
    assert [(one.name, one.threshold) for one in found.groups] == [
        ("X-witnesses", 2),
        ("Y-witnesses", 1),
        ("X-and-Y", 2),
    ]


@pytest.mark.parametrize(
    ("cosigned", "met"),
    [
        ({1, 2, 4}, True),
        ({2, 3, 6}, True),
        ({1, 2, 3, 4, 5, 6}, True),
        ({1, 2, 3}, False),
        ({1, 4, 5, 6}, False),
        (set(), False),
    ],
)
def test_a_quorum_of_groups(cosigned: set[int], met: bool) -> None:  # noqa: FBT001  what comes out
    assert policy(EXAMPLE).is_met([W[number] for number in cosigned]) is met


def test_one_witness_or_none_may_be_the_quorum() -> None:
    alone = policy(f"witness a {V[1]}\nquorum a\nwitness b {V[2]}\n")
    assert alone.is_met([W[1]])
    assert not alone.is_met([W[2]])
    assert policy("quorum none\n").is_met([])
    assert policy(f"log {LOG}\nlog {LOG_2} https://x.example\nquorum none\n").is_met([])


def test_somebody_else_with_the_same_name_is_no_witness() -> None:
    other = Cosigner(W[1].name, W[2].public_key)
    assert not policy(f"witness a {V[1]}\nquorum a\n").is_met([other])


def test_the_quorum_dates_from_both_sides() -> None:
    two_of_three = policy(
        "".join(f"witness w{number} {V[number]}\n" for number in (1, 2, 3))
        + "group all-of-them 2 w1 w2 w3\nquorum all-of-them\n"
    )
    times = {W[1]: 100, W[2]: 50, W[3]: 900}
    assert two_of_three.upper_bound(times) == 100  # one alone that lies early or late moves nothing
    assert two_of_three.lower_bound(times) == 100
    assert two_of_three.upper_bound({W[1]: 100}) is None
    assert two_of_three.lower_bound({W[1]: 100}) is None
    nobody = policy("quorum none\n")
    assert nobody.upper_bound({}) is None
    assert nobody.lower_bound({}) is None


def test_white_space_and_comments_are_ignored() -> None:
    spread = f" \t# comment\n\t\n  witness\t a   {V[1]} \t\n\tquorum   a\t\n#\n"
    assert policy(spread).witnesses == policy(f"witness a {V[1]}\nquorum a\n").witnesses


def test_octets_are_opaque() -> None:
    lines = (
        f"witness K {V[1]}\nwitness \u212a {V[2]}\nwitness \udcff {V[3]}\n# \udcfe\nquorum \udcff\n"
    )
    found = policy(lines)
    assert len({one.name for one in found.witnesses}) == 3
    assert found.is_met([W[3]])
    assert code_of("witness \u00e9 " + V[1] + "\nquorum e\u0301\n") == "POLICY-NAME"


def test_thirty_two_of_each_and_more_are_read() -> None:
    keys = [MemorySigner.from_seed(number.to_bytes(32, "big")).public_key for number in range(200)]
    lines = [f"log {verifier_key(f'l{n}.example', key)}" for n, key in enumerate(keys[:100])]
    lines += [
        f"witness w{n} {verifier_key(f'w{n}.example', key, COSIGNATURE)}\ngroup g{n} any w{n}"
        for n, key in enumerate(keys)
    ]
    lines += [f"group all 200 {' '.join(f'g{n}' for n in range(200))}", "quorum all"]
    found = policy("\n".join(lines) + "\n")
    assert (len(found.logs), len(found.witnesses), len(found.groups)) == (100, 200, 201)
    assert found.is_met(found.cosigners)
    assert not found.is_met(found.cosigners[1:])


def test_groups_in_groups_cost_no_stack() -> None:
    lines = [f"witness g0 {V[1]}", *(f"group g{n} any g{n - 1}" for n in range(1, 3_000))]
    assert policy("\n".join([*lines, "quorum g2999"]) + "\n").is_met([W[1]])


END = f"witness a {V[1]}\nwitness b {V[2]}\nwitness c {V[3]}\nquorum none\n"
BAD: list[tuple[str, str | bytes]] = [
    ("POLICY-SIZE", b"#" * POLICY_BYTES_MAX + b"\n"),
    ("POLICY-TEXT", END.rstrip("\n")),
    ("POLICY-TEXT", END.replace("\n", "\r\n")),
    ("POLICY-TEXT", END + "# \x00\n"),
    ("POLICY-TEXT", END + "# \x1b[1m\n"),
    ("POLICY-TEXT", END + "# \x7f\n"),
    ("POLICY-TEXT", END + "# \x0b\n"),
    ("POLICY-QUORUM", ""),
    ("POLICY-QUORUM", "\n"),
    ("POLICY-QUORUM", f"witness a {V[1]}\n"),
    ("POLICY-QUORUM", END + "quorum none\n"),
    ("POLICY-QUORUM", END + "quorum a\n"),
    ("POLICY-LINE", "quorum\n"),
    ("POLICY-LINE", "quorum none none\n"),
    ("POLICY-NAME", "quorum nobody\n"),
    ("POLICY-NAME", f"quorum a\nwitness a {V[1]}\n"),
    ("POLICY-LINE", END + "log\n"),
    ("POLICY-LINE", END + f"log {LOG} https://a.example more\n"),
    ("POLICY-LINE", END + f"Log {LOG}\n"),
    ("POLICY-LINE", END + "something else\n"),
    ("POLICY-LINE", END + f"a {V[4]}\n"),
    ("POLICY-LINE", END + f"witness\u00a0d {V[4]}\n"),
    ("POLICY-LINE", END + "witness d\n"),
    ("POLICY-LINE", END + f"witness d {V[4]} https://a.example more\n"),
    ("POLICY-KEY", END + "log nothing\n"),
    ("POLICY-KEY", END + f"log {V[4]}\n"),
    ("POLICY-KEY", END + f"log {verifier_key(ORIGIN, IDENTITY)}\n"),
    ("POLICY-KEY", END + f"log {LOG}\nlog {LOG}\n"),
    (
        "POLICY-KEY",
        END
        + f"log {LOG}\nlog {verifier_key('x.y', MemorySigner.from_seed(bytes(32)).public_key)}\n",
    ),
    ("POLICY-KEY", END + "witness d nothing\n"),
    ("POLICY-KEY", END + f"witness d {LOG}\n"),
    ("POLICY-KEY", END + f"witness d {verifier_key('w', W[4].public_key, 0x06)}\n"),
    ("POLICY-KEY", END + f"witness d {verifier_key('w', bytes(32), COSIGNATURE)}\n"),
    ("POLICY-KEY", END + f"witness d {V[1]}\n"),
    ("POLICY-KEY", END + f"witness d {Cosigner('other', W[1].public_key).verifier_key}\n"),
    ("POLICY-KEY", END + f"witness d {V[4][:-1]}\udcff\n"),
    ("POLICY-NAME", END + f"witness a {V[4]}\n"),
    ("POLICY-NAME", END + f"witness none {V[4]}\n"),
    ("POLICY-LINE", END + "group\n"),
    ("POLICY-LINE", END + "group g all\n"),
    ("POLICY-LINE", END + "group g a b\n"),
    ("POLICY-LINE", END + "group g 0 a b\n"),
    ("POLICY-LINE", END + "group g 3 a b\n"),
    ("POLICY-LINE", END + "group g 01 a b\n"),
    ("POLICY-LINE", END + "group g +1 a b\n"),
    ("POLICY-LINE", END + "group g -1 a b\n"),
    ("POLICY-LINE", END + "group g 1_0 a b\n"),
    ("POLICY-LINE", END + "group g \u0661 a b\n"),
    ("POLICY-LINE", END + "group g All a b\n"),
    ("POLICY-LINE", END + f"group g {'9' * 5_000} a b\n"),
    ("POLICY-NAME", END + "group g any d\n"),
    ("POLICY-NAME", END + "group g any g\n"),
    ("POLICY-NAME", END + "group g any none\n"),
    ("POLICY-NAME", END + "group none any a\n"),
    ("POLICY-NAME", END + "group a any b\n"),
    ("POLICY-NAME", END + "group g any a a\n"),
    ("POLICY-NAME", END + "group g any a b\ngroup h any b c\n"),
    ("POLICY-NAME", END + "group g any a\ngroup h any g\ngroup i any g\n"),
    ("POLICY-NAME", END + "group g any a\ngroup g any b\n"),
]


@pytest.mark.parametrize(("code", "text"), BAD)
def test_what_the_specification_does_not_allow_is_refused(code: str, text: str | bytes) -> None:
    assert code_of(text) == code


def test_an_error_names_the_line() -> None:
    with pytest.raises(Malformed) as refusal:
        policy(f"# one\nwitness a {V[1]}\nquorum b\n")
    assert refusal.value.where == "line 3"


@given(
    st.binary(max_size=300)
    | st.text("\n\t #abcloghiwtnespurmaynl 12", max_size=200).map(str.encode)
)
def test_no_bytes_break_it(data: bytes) -> None:
    with suppress(Malformed):
        parse_policy(data)
