"""What `ray up` and Kubernetes are given fits their schemas and lets in who has the token alone.

No cluster is started, and of KubeRay's own fields only the names are known here.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from engine.cli.main import app

DEPLOY = Path(__file__).resolve().parents[1] / "deploy"
CLUSTER = yaml.safe_load((DEPLOY / "cluster.yaml").read_text(encoding="utf-8"))
ITEMS = yaml.safe_load((DEPLOY / "kuberay.yaml").read_text(encoding="utf-8"))["items"]

RAY, NIGHT = "RayCluster", "CronJob"

KUBERAY_FIELDS = {
    "spec": {"rayVersion", "headGroupSpec", "workerGroupSpecs"},
    "head": {"serviceType", "rayStartParams", "template"},
    "worker": {"groupName", "replicas", "minReplicas", "maxReplicas", "rayStartParams", "template"},
}
"""Those that are used here, as the reference of KubeRay's ray.io/v1 names them."""


def one(kind, name=None):
    (found,) = [
        item for item in ITEMS if item["kind"] == kind and name in {None, item["metadata"]["name"]}
    ]
    return found


def ray_groups():
    spec = one(RAY)["spec"]
    return [spec["headGroupSpec"], *spec["workerGroupSpecs"]]


def pods():
    night = one(NIGHT)["spec"]["jobTemplate"]["spec"]["template"]
    return [*(group["template"] for group in ray_groups()), night]


def test_ray_takes_the_cluster():
    pytest.importorskip("ray", reason="needs Ray: pip install 'news-story-engine[scale]'")
    from ray.autoscaler._private.util import prepare_config, validate_config

    whole = prepare_config(CLUSTER)
    validate_config(whole)
    assert whole["max_workers"] == len(CLUSTER["provider"]["worker_ips"])
    with pytest.raises(Exception, match="hed_ip"):
        validate_config(CLUSTER | {"provider": {"type": "local", "hed_ip": "10.0.0.1"}})


def test_each_machine_starts_ray_with_the_token_and_on_known_ports():
    for commands in (CLUSTER["head_start_ray_commands"], CLUSTER["worker_start_ray_commands"]):
        start = commands[-1]
        assert "RAY_AUTH_MODE=token RAY_AUTH_TOKEN_PATH=/etc/engine/ray-token;" in start
        assert "--node-manager-port=6380 --object-manager-port=6381" in start
    assert "--include-dashboard=false" in CLUSTER["head_start_ray_commands"][-1]


@pytest.mark.parametrize(
    "item", ITEMS, ids=lambda item: f"{item['kind']}-{item['metadata']['name']}"
)
def test_kubernetes_takes_each_object(item):
    kubernetes_validate = pytest.importorskip("kubernetes_validate")
    if item["kind"] == RAY:
        for number, group in enumerate(ray_groups()):
            template = {"apiVersion": "v1", "kind": "PodTemplate", "template": group["template"]}
            validate(kubernetes_validate, template | {"metadata": {"name": f"group-{number}"}})
    else:
        validate(kubernetes_validate, item)
        wrong = item | {"spec": item["spec"] | {"unheardOf": True}}
        with pytest.raises(kubernetes_validate.ValidationError):
            validate(kubernetes_validate, wrong)


def validate(kubernetes_validate, item):
    kubernetes_validate.validate(item, kubernetes_validate.latest_version(), strict=True)


def test_the_cluster_has_fields_that_kuberay_knows():
    cluster = one(RAY)
    assert cluster["apiVersion"] == "ray.io/v1"
    assert set(cluster["spec"]) == KUBERAY_FIELDS["spec"]
    head, *workers = ray_groups()
    assert set(head) == KUBERAY_FIELDS["head"]
    for worker in workers:
        assert set(worker) == KUBERAY_FIELDS["worker"]
        assert worker["minReplicas"] <= worker["replicas"] <= worker["maxReplicas"]
    for group in ray_groups():  # KubeRay makes options of the command line of them
        assert all(isinstance(value, str) for value in group["rayStartParams"].values())


def test_each_pod_has_the_token_and_no_rights():
    for pod in pods():
        spec = pod["spec"]
        assert spec["automountServiceAccountToken"] is False
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["runAsUser"] == 10001  # as in the Containerfile
        (container,) = spec["containers"]
        rights = container["securityContext"]
        assert (rights["allowPrivilegeEscalation"], rights["readOnlyRootFilesystem"]) == (
            False,
            True,
        )
        assert rights["capabilities"] == {"drop": ["ALL"]}
        mode, token = container["env"]
        assert (mode["name"], mode["value"]) == ("RAY_AUTH_MODE", "token")
        assert token["valueFrom"]["secretKeyRef"]["name"] == "engine-ray-token"
        assert {"requests", "limits"} <= set(container["resources"])
        mounted = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
        assert mounted == {"base": "/base", "scratch": "/tmp"}
        assert {volume["name"] for volume in spec["volumes"]} == set(mounted)
    assert not any(item["kind"] == "Secret" for item in ITEMS)


def test_the_night_is_a_command_of_the_engine_on_the_cluster():
    (container,) = one(NIGHT)["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    program, *arguments = container["args"]
    group: Any = get_command(app)
    parsed = group.commands[program].make_context(program, arguments).params
    assert parsed["on"] == f"ray://{one(RAY)['metadata']['name']}-head-svc:10001"
    assert {Path(parsed[name]).parts[1] for name in ("report", "metrics")} == {"base"}


def test_ray_is_reached_by_its_own_pods_and_the_night():
    policy = one("NetworkPolicy", "engine-ray")["spec"]
    label = {"ray.io/cluster": one(RAY)["metadata"]["name"]}  # the operator puts it on its pods
    assert policy["podSelector"] == {"matchLabels": label}
    assert set(policy["policyTypes"]) == {"Ingress", "Egress"}
    own, night = policy["ingress"]
    assert own == {"from": [{"podSelector": {"matchLabels": label}}]}
    assert night["ports"] == [{"protocol": "TCP", "port": 10001}]
    wanted = night["from"][0]["podSelector"]["matchLabels"]
    labels = one(NIGHT)["spec"]["jobTemplate"]["spec"]["template"]["metadata"]["labels"]
    assert wanted.items() <= labels.items()
    assert all("to" in rule for rule in policy["egress"])
