"""Two files of one person: proving, previewing, confirming, and telling them apart again."""

from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from api.http.guards import may
from api.http.problems import problems
from domain.actor import Actor
from domain.errors import Forbidden
from domain.merges import service, views
from domain.merges.errors import (
    BookingsCross,
    DifferentStates,
    EvidenceNeeded,
    FileHeld,
    FilesContradict,
    MergeCodeRefused,
    MergedBefore,
    MergeNotAgreed,
    MergeOver,
    MergeProposed,
    MergeUsed,
    NoSuchMerge,
    OneOfCodeAndNumber,
    OwnFileMerge,
    PreviewStale,
    SameFile,
    SameOfficer,
)
from domain.merges.types import (
    CloseMerge,
    ConfirmMerge,
    MergeCode,
    MergePreview,
    MergeView,
    ProposeMerge,
)
from domain.patients.errors import NoSuchPatient


class MergesController(Controller):
    path = "/v1"
    tags = ["Patients"]

    @post(
        "/patients/{patient_id:uuid}/merge-codes",
        operation_id="makeMergeCode",
        guards=[may("merges.make_code")],
        summary="Prove that a file is mine",
        responses=problems(NoSuchPatient, Forbidden),
    )
    async def make_code(
        self, patient_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> MergeCode:
        """Make the code with which one's other account proposes to merge; it is the agreement."""
        return await service.make_merge_code(actor, patient_id)

    @post(
        "/patient-merges",
        operation_id="proposeMerge",
        guards=[may("merges.propose")],
        summary="Propose to merge two files",
        responses=problems(
            NoSuchPatient, Forbidden, MergeCodeRefused, OneOfCodeAndNumber, EvidenceNeeded,
            SameFile, DifferentStates, FileHeld, MergedBefore, BookingsCross, MergeProposed,
            OwnFileMerge,
        ),
    )  # fmt: skip
    async def propose(
        self, data: JSONBody[ProposeMerge], actor: NamedDependency[Actor]
    ) -> MergeView:
        """Propose that two files are one person's, for two weeks; nothing moves yet."""
        return await service.propose_merge(actor, data)

    @get(
        "/patient-merges",
        operation_id="listMerges",
        guards=[may("merges.read")],
        summary="Files to merge, and merged ones",
    )
    async def list_merges(self, actor: NamedDependency[Actor]) -> list[MergeView]:
        """List those about one's own file, of one's state, or of the platform, newest first."""
        return await views.list_merges(actor)

    @get(
        "/patient-merges/{merge_id:uuid}",
        operation_id="showMerge",
        guards=[may("merges.read")],
        summary="One merge",
        responses=problems(NoSuchMerge),
    )
    async def show(self, merge_id: FromPath[UUID], actor: NamedDependency[Actor]) -> MergeView:
        """Return a proposal or what became of it."""
        return await views.show_merge(actor, merge_id)

    @get(
        "/patient-merges/{merge_id:uuid}/preview",
        operation_id="previewMerge",
        guards=[may("merges.preview")],
        summary="What comes together",
        responses=problems(NoSuchMerge, MergeOver),
    )
    async def preview(
        self, merge_id: FromPath[UUID], actor: NamedDependency[Actor]
    ) -> MergePreview:
        """Count what lies in both files and name what contradicts; its mark is confirmed."""
        return await views.preview_merge(actor, merge_id)

    @post(
        "/patient-merges/{merge_id:uuid}/agree",
        operation_id="agreeToMerge",
        guards=[may("merges.agree")],
        summary="Agree to merge my files",
        status_code=200,
        responses=problems(NoSuchMerge, Forbidden, MergeOver),
    )
    async def agree(self, merge_id: FromPath[UUID], actor: NamedDependency[Actor]) -> MergeView:
        """Agree as the own side of one of the files, or of both."""
        return await service.agree_to_merge(actor, merge_id)

    @post(
        "/patient-merges/{merge_id:uuid}/confirm",
        operation_id="confirmMerge",
        guards=[may("merges.confirm")],
        summary="Merge two files",
        status_code=200,
        responses=problems(
            NoSuchMerge, Forbidden, SameOfficer, OwnFileMerge, MergeOver, PreviewStale,
            FilesContradict, FileHeld, MergeNotAgreed, MergedBefore, BookingsCross, DifferentStates,
        ),
    )  # fmt: skip
    async def confirm(
        self, merge_id: FromPath[UUID], data: JSONBody[ConfirmMerge], actor: NamedDependency[Actor]
    ) -> MergeView:
        """Merge what the preview showed: the old number answers from now on with the survivor."""
        return await service.confirm_merge(actor, merge_id, data)

    @post(
        "/patient-merges/{merge_id:uuid}/withdraw",
        operation_id="withdrawMerge",
        guards=[may("merges.withdraw")],
        summary="Close a proposal",
        status_code=200,
        responses=problems(NoSuchMerge, MergeOver),
    )
    async def withdraw(
        self, merge_id: FromPath[UUID], data: JSONBody[CloseMerge], actor: NamedDependency[Actor]
    ) -> MergeView:
        """Close a proposal without merging anything."""
        return await service.withdraw_merge(actor, merge_id, data)

    @post(
        "/patient-merges/{merge_id:uuid}/undo",
        operation_id="undoMerge",
        guards=[may("merges.undo")],
        summary="Tell two files apart again",
        status_code=200,
        responses=problems(NoSuchMerge, Forbidden, MergeOver, MergeUsed),
    )
    async def undo(
        self, merge_id: FromPath[UUID], data: JSONBody[CloseMerge], actor: NamedDependency[Actor]
    ) -> MergeView:
        """Give the merged file its own number back, while nothing was done with either since."""
        return await service.undo_merge(actor, merge_id, data)
