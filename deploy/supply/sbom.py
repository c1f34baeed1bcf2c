"""The bill of materials of an image, in CycloneDX 1.6."""

# The library's classes are made by decorators that hide the arguments of their constructors from
# the type checker; tests hold what comes out against the schema instead.
# pyright: reportCallIssue=false, reportAttributeAccessIssue=false, reportUnknownArgumentType=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom, BomMetaData
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import LicenseAcknowledgement
from cyclonedx.model.lifecycle import LifecyclePhase, PredefinedLifecycle
from cyclonedx.model.tool import ToolRepository
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import NormalizedName, canonicalize_name

from deploy.supply.asking import Image
from deploy.supply.inside import Installed, Listing, SystemPackage
from deploy.supply.licences import UNKNOWN, licence_of
from deploy.supply.locks import OURS, Pin


def bill(image: Image, listing: Listing, pinned: Mapping[NormalizedName, Pin]) -> str:
    """The document for an image: what is installed there, with the lock's sums where they agree."""
    python = Component(
        type=ComponentType.PLATFORM,
        name="python",
        bom_ref="python",
        version=listing["environment"]["python_full_version"],
        purl=PackageURL("generic", None, "python", listing["environment"]["python_full_version"]),
    )
    libraries = {
        canonicalize_name(each["name"]): _library(each, pinned) for each in listing["distributions"]
    }
    system = [_system_package(each, listing["system"]) for each in listing["system_packages"]]
    root = Component(
        type=ComponentType.CONTAINER if image.identity else ComponentType.APPLICATION,
        name=image.name,
        bom_ref="image",
        version=image.version or None,
        properties=_properties(image),
    )
    parts = [python, *libraries.values(), *system]
    tool = Component(
        type=ComponentType.LIBRARY,
        name="cyclonedx-python-lib",
        version=version("cyclonedx-python-lib"),
    )
    bom = Bom(
        metadata=BomMetaData(
            component=root,
            lifecycles=[PredefinedLifecycle(LifecyclePhase.POST_BUILD)],
            tools=ToolRepository(components=[tool]),
        ),
        components=parts,
        dependencies=[
            Dependency(root.bom_ref, [Dependency(each.bom_ref) for each in parts]),
            *_edges(listing, libraries),
        ],
    )
    return make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1)


def _library(each: Installed, pinned: Mapping[NormalizedName, Pin]) -> Component:
    name = canonicalize_name(each["name"])
    pin = pinned.get(name)
    # One sum for each archive that the lock lets in; which of them it was, nothing installed tells.
    sums = pin.hashes if pin is not None and str(pin.version) == each["version"] else ()
    licence = licence_of(each)
    declared = LicenseAcknowledgement.DECLARED
    stated = LicenseFactory().make_from_string(licence, license_acknowledgement=declared)
    return Component(
        type=ComponentType.LIBRARY,
        name=each["name"],
        bom_ref=f"{name}=={each['version']}",
        version=each["version"],
        # Ours are in no registry, and whoever looked for them there would find another's.
        purl=None if name in OURS else PackageURL("pypi", None, name, each["version"]),
        licenses=[] if licence == UNKNOWN else [stated],
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in sums],
    )


def _system_package(each: SystemPackage, system: Mapping[str, str]) -> Component:
    distro = f"{system['id']}-{system['version']}" if system else "unknown"
    vendor = system.get("id", "unknown")
    qualifiers = {"arch": each["architecture"], "distro": distro}
    return Component(
        type=ComponentType.LIBRARY,
        name=each["name"],
        bom_ref=f"deb:{each['name']}:{each['architecture']}",
        version=each["version"],
        purl=PackageURL("deb", vendor, each["name"], each["version"], qualifiers),
    )


def _edges(listing: Listing, libraries: Mapping[NormalizedName, Component]) -> Iterator[Dependency]:
    for each in listing["distributions"]:
        needed = set(_needed(each["requires"], listing["environment"])) & libraries.keys()
        refs = [Dependency(libraries[name].bom_ref) for name in needed]
        yield Dependency(libraries[canonicalize_name(each["name"])].bom_ref, refs)


def _needed(requires: Iterable[str], environment: Mapping[str, str]) -> Iterator[NormalizedName]:
    for line in requires:
        try:
            requirement = Requirement(line)
        except InvalidRequirement:
            continue  # Old metadata; the lock says what belongs here, and not this line.
        asked = {**environment, "extra": ""}
        if requirement.marker is None or requirement.marker.evaluate(asked):
            yield canonicalize_name(requirement.name)


def _properties(image: Image) -> list[Property]:
    revision = image.labels.get("org.opencontainers.image.revision")
    told = {"maarid:image-id": image.identity, "maarid:revision": revision}
    return [Property(name=name, value=value) for name, value in told.items() if value]
