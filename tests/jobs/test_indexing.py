"""A large base takes in only what is new, and answers as if all had been indexed again."""

import json
import random
import shutil
from datetime import timedelta

import numpy as np
import pytest
from typer.testing import CliRunner

import engine
from engine.cli.main import app
from engine.domain import EncoderSpec
from engine.errors import InputError
from engine.index.exact import ExactIndex, recall
from engine.store import Corpus

HASHING = EncoderSpec("hashing", precision="float32")
N = 700


def lines(numbers, *, edit=""):
    made = []
    for number in numbers:
        words = random.Random(number // 4).sample(range(5000), 25)
        text = " ".join(f"word{word}" for word in random.Random(number).sample(words, 18))
        values = {"id": f"a{number}", "text": f"{edit}{text}", "language": ("en", "nl")[number % 2]}
        values["published_at"] = 1_683_000_000 + 60 * number
        made.append(json.dumps(values) + "\n")
    return "".join(made)


def large(folder):
    """Open a base that some hundred articles make a large one."""
    return engine.open(folder, index_kind="ivf-pq")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("built")
    feed = folder / "feed.jsonl"
    feed.write_text(lines(range(N)))
    with large(folder / "base") as opened:
        opened.ingest([feed])
        opened.rebuild(spec=HASHING)
    return folder / "base"


@pytest.fixture
def base(built, tmp_path):
    shutil.copytree(built, tmp_path / "base")
    with large(tmp_path / "base") as opened:
        yield opened


def take_in(base, tmp_path, text):
    feed = tmp_path / "more.jsonl"
    feed.write_text(text)
    base.ingest([feed])
    return base.rebuild()


def vectors_of(base, ids):
    keys = base.reader.corpus.articles.keys_of(ids)
    rows = base.reader.generation.rows_of(np.array([keys[id_] for id_ in ids], np.int64))
    assert (rows >= 0).all()
    return base.reader.generation.vectors(rows)


def test_only_new_and_changed_articles_are_added(base, tmp_path):
    kept = [f"a{number}" for number in range(10, 60)]
    before = vectors_of(base, kept)
    assert base.reader.generation.manifest.index_kind == "ivf-pq"
    take_in(base, tmp_path, lines(range(N, N + 30)) + lines(range(5), edit="changed utterly "))
    manifest = base.reader.generation.manifest
    assert (manifest.n_articles, manifest.n_stored) == (N + 30, N + 35)
    assert (manifest.n_centred, manifest.index_parameters["n_trained"]) == (N, N)
    np.testing.assert_array_equal(vectors_of(base, kept), before)
    hits = base.similar("changed utterly " * 5, k=5, fold=False)
    assert {hit.article.id for hit in hits} == {f"a{number}" for number in range(5)}
    assert base.verify() == []


def test_its_answers_are_those_of_exact_search(base, tmp_path):
    take_in(base, tmp_path, lines(range(N, N + 100)) + lines(range(0, 60, 3), edit="other "))
    generation = base.reader.generation
    vectors = np.ascontiguousarray(generation.vectors())
    truth = ExactIndex(vectors).search(vectors, 10)
    assert recall(generation.index.search(vectors, 10), truth) >= 0.93
    published, keys = generation.published, base.reader.corpus.articles.times()
    np.testing.assert_array_equal(published, keys[1][np.searchsorted(keys[0], generation.keys)])


def test_an_article_that_left_the_store_is_left_out(base, tmp_path):
    gone = base.reader.corpus.articles.keys_of([f"a{number}" for number in range(40)])
    with Corpus(base.layout.corpus) as corpus, corpus.transaction():
        corpus._connection.executemany(
            "DELETE FROM articles WHERE key = ?", [(key,) for key in gone.values()]
        )
    take_in(base, tmp_path, lines(range(N, N + 3)))
    assert (base.reader.generation.rows_of(np.array(list(gone.values()))) == -1).all()
    assert base.reader.generation.manifest.n_articles == N - 37
    assert base.verify() == []


@pytest.mark.parametrize(
    ("file", "harm"),
    [
        ("index.faiss", "flipped"),
        ("centring.npz", "flipped"),
        ("embeddings-000000000000.npy", "flipped"),
        ("keys.npy", "missing"),
    ],
)
def test_damage_is_not_passed_on_and_a_rebuild_mends_it(base, tmp_path, file, harm):
    feed = tmp_path / "more.jsonl"
    feed.write_text(lines(range(N, N + 5)))
    base.ingest([feed])
    path = base.layout.generation(base.reader.generation.name).folder / file
    sound = path.read_bytes()
    middle = len(sound) // 2
    flipped = sound[:middle] + bytes([sound[middle] ^ 64]) + sound[middle + 1 :]
    path.unlink()
    if harm == "flipped":
        path.write_bytes(flipped)
    with large(base.layout.root) as again:
        again.rebuild()
        manifest = again.reader.generation.manifest
        assert manifest.encoder == HASHING
        assert (manifest.n_articles, manifest.n_centred) == (N + 5, N + 5)  # made anew
        live = [problem for problem in again.verify() if again.reader.generation.name in problem]
        assert live == []


def test_nothing_new_stores_nothing(base, tmp_path):
    take_in(base, tmp_path, lines(range(3)))
    assert base.reader.generation.manifest.n_stored == N


def test_a_base_that_doubled_is_centred_anew(base, tmp_path):
    take_in(base, tmp_path, lines(range(N, 2 * N)))
    assert base.reader.generation.manifest.n_centred == 2 * N


def test_a_wanted_recall_is_tuned_to_and_kept_by_later_runs(base, tmp_path):
    before = base.reader.generation.manifest
    assert before.audit.target == 0.95
    feed = tmp_path / "more.jsonl"
    feed.write_text(lines(range(N, N + 20)))
    base.ingest([feed])
    base.rebuild(recall=0.999)
    harder = base.reader.generation.manifest
    assert harder.audit.target == 0.999
    assert harder.n_stored == N + 20  # extended, not made anew
    assert _effort(harder) > _effort(before)
    base.nightly([feed], window=timedelta(days=1))
    assert base.reader.generation.manifest.audit.target == base.status().live.recall_wanted == 0.999
    assert _effort(base.reader.generation.manifest) == _effort(harder)
    base.rebuild(spec=EncoderSpec("hashing", max_tokens=500))  # indexed anew
    assert base.reader.generation.manifest.audit.target == 0.999
    base.rebuild(recall=0.6)
    assert _effort(base.reader.generation.manifest) < _effort(before)


def _effort(manifest):
    """Return how many candidates are looked at: lists of 16 rows, and 16 refined for each."""
    parameters = manifest.index_parameters
    return parameters["n_probe"] * N / parameters["n_lists"] + 16 * parameters["refinement"]


@pytest.mark.parametrize("wanted", [0.0, -1.0, 1.01, float("nan")])
def test_a_recall_that_cannot_be_is_refused(base, wanted):
    before = base.reader.generation.name
    with pytest.raises(InputError, match="expected a recall above 0 and up to 1"):
        base.rebuild(recall=wanted)
    assert base.reader.generation.name == before


def test_the_command_line_takes_a_recall(base):
    folder = str(base.layout.root)
    done = CliRunner().invoke(app, ["rebuild", "--recall", "0.99", "--indexes", folder])
    assert done.exit_code == 0
    assert "ivf-pq index, recall " in done.stderr
    with engine.open(base.layout.root) as now:
        live = now.status().live
        assert live is not None
        assert live.recall_wanted == 0.99
    assert (
        CliRunner().invoke(app, ["rebuild", "--recall", "95", "--indexes", folder]).exit_code == 2
    )
