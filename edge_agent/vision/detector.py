# SPDX-License-Identifier: Apache-2.0
"""Find the people in a frame: the one module that runs a network. It prints and writes nothing."""

import functools
import re
from collections.abc import Callable, Sequence

import cv2
import numpy as np
import onnxruntime
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_faults

from edge_agent.counting.detection import Detections
from edge_agent.errors import ModelError
from edge_agent.models.card import Card
from edge_agent.models.layouts import RtmdetLayout, SsdLayout
from edge_agent.models.load import Model
from edge_agent.vision.capture.frame import Frame
from edge_agent.vision.postprocess import (
    Decoder,
    Outputs,
    RtmdetDecoder,
    SsdDecoder,
    YoloxDecoder,
    suppress,
)
from edge_agent.vision.preprocess import Aspect, InputBuffer, Placement, to_frame
from edge_agent.vision.tiles import Region

CPU_PROVIDERS = ("CPUExecutionProvider",)
# From 1.29 on the library sends telemetry from inside the process (microsoft/onnxruntime pull
# request 27379).
_VERSION_LIMIT = (1, 29)
_LOG_FATAL = 4  # The least that onnxruntime can say.
_THREADS_MAX = 64
BLANK_TONES = (0, 64, 128, 192)
"""The tones of the blank frames that a network is shown when it is opened."""
ARENA_BYTES = 64 * 2**20
# Knuth's multiplicative hash: neighbouring numbers give bytes that look like noise.
_WARM_UP_STEP = 2654435761

_FLOAT32 = "tensor(float)"
_RUNTIME_TYPES: dict[type[np.generic], str] = {np.float32: _FLOAT32, np.int64: "tensor(int64)"}
_TOO_NEW = re.compile(
    r"(Unsupported model IR version|opset \d+ is under development|opset)", re.IGNORECASE
)
_NO_OPERATOR = re.compile(r"Could not find an implementation for (\S+)")

_RUNTIME_FAULTS = (
    runtime_faults.EPFail,
    runtime_faults.Fail,
    runtime_faults.InvalidArgument,
    runtime_faults.InvalidGraph,
    runtime_faults.InvalidProtobuf,
    runtime_faults.NoSuchFile,
    runtime_faults.NotImplemented,
    runtime_faults.RuntimeException,
)


class Detector:
    """One network at one input size.

    Between two frames it holds the last pictures only inside its InputBuffers, resized, never a
    reference to the frame itself; the next frames overwrite them. close() overwrites them at once.
    """

    def __init__(  # noqa: PLR0913 - the settings of one network
        self,
        model: Model | Callable[[], Model],
        *,
        input_width_px: int,
        input_height_px: int,
        confidence_min: float,
        iou_max: float,
        threads: int,
        providers: Sequence[str] = CPU_PROVIDERS,
        aspect: Aspect = "keep",
        buffers: int = 1,
    ) -> None:
        """Load the network and allocate everything a frame needs.

        A function that loads the model is called here, and what it gives is let go of as soon as
        the runtime has it: before the first runs, whose activations would come on top (15 MB of the
        sensor's peak with person-ssdlite).

        The input size is in pixels and must be one the card allows; confidence_min and iou_max are
        in 0..1, both ends excluded for the first. aspect `keep` leaves a band of the card's grey
        free, `stretch` fills the input. `buffers` is how many frames can be prepared at a time.

        Raises ModelError for a size, threshold or provider that is not there, for an onnxruntime
        that sends telemetry, and for a file that the runtime refuses or whose inputs and outputs
        are not those of the card.
        """
        loaded = model() if callable(model) else model
        card = loaded.card
        self._where = f"model {card.name}"
        check_runtime_version(onnxruntime.__version__)
        check_input_size(card, width_px=input_width_px, height_px=input_height_px)
        self._check_settings(confidence_min=confidence_min, iou_max=iou_max, threads=threads)
        # OpenCV would start a pool of threads for a resize of half a millisecond, after the process
        # is locked.
        cv2.setNumThreads(1)
        self._session = self._open_session(loaded, threads=threads, providers=providers)
        del loaded
        self._run_options = onnxruntime.RunOptions()
        self._run_options.log_severity_level = _LOG_FATAL
        layout, size = card.input, {"width_px": input_width_px, "height_px": input_height_px}
        self._buffers = [InputBuffer(layout, **size, aspect=aspect) for _ in range(buffers)]
        self._input_name = card.input.name
        self._decoder = _decoder(card, confidence_min, **size)
        self._output_names = [name for name, _ in self._decoder.outputs]
        self._check_names()
        self._iou_max = iou_max
        self._learn_background()

    def warm_up(self, runs: int) -> None:
        """Run on synthetic noise, so that threads and buffers exist before the process is locked.

        Raises ModelError as detect() does: the first run is where a card with wrong shapes shows.
        """
        height_px, width_px = self._buffers[0].tensor.shape[2:]
        # Not numpy.random: it and what it brings would stay in memory, 3 MB for five pictures.
        steps = np.arange(height_px * width_px * 3, dtype=np.uint32) * np.uint32(_WARM_UP_STEP)
        noise = (steps >> np.uint32(24)).astype(np.uint8).reshape(height_px, width_px, 3)
        for index in range(runs):
            self.detect(Frame(noise, 0.0, index))
        self.close()

    def detect(self, frame: Frame, region: Region | None = None) -> Detections:
        """Return the people in the frame, or in a region of it, the most confident first.

        Boxes are in pixels of the frame and clipped to it. Raises ModelError where the frame is not
        (H, W, 3) uint8, where the runtime fails, or where its outputs do not have the shapes of the
        card.
        """
        placement = self.prepare(0, frame, region)
        return self.decode(self.infer(0), placement)

    def prepare(self, buffer: int, frame: Frame, region: Region | None = None) -> Placement:
        """Write a frame, or a region of it, into that buffer; return where it lies there."""
        if frame.image.ndim != 3 or frame.image.shape[2] != 3 or frame.image.dtype != np.uint8:  # noqa: PLR2004 - BGR
            raise ModelError(
                f"{self._where}: frame is {frame.image.dtype} {frame.image.shape}, wanted uint8 "
                "(H, W, 3)"
            )
        return self._buffers[buffer].fill(frame.image, region)

    def infer(self, buffer: int) -> Outputs:
        """Run the network on a prepared buffer, one thread at a time. See detect()."""
        try:
            outputs: Outputs = self._session.run(
                self._output_names,
                {self._input_name: self._buffers[buffer].tensor},
                self._run_options,
            )
        except _RUNTIME_FAULTS as error:
            raise ModelError(
                f"{self._where}: onnxruntime failed: {error}; run edge-agent model verify"
            ) from error
        return outputs

    def decode(self, outputs: Outputs, placement: Placement) -> Detections:
        """Turn the network's outputs into detections. See detect()."""
        found = self._decoder.decode(outputs)
        is_full = len(found[1]) == self._decoder.boxes_max
        boxes, confidences = suppress(found, iou_max=self._iou_max)
        boxes = to_frame(boxes, placement)
        inside = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        complete_from = float(found[1].min()) if is_full else 0.0
        return Detections(boxes[inside], confidences[inside], complete_from)

    def close(self) -> None:
        """Overwrite the last pictures. The detector can go on; the session ends with the object."""
        for buffer in self._buffers:
            buffer.clear()

    def _check_settings(self, *, confidence_min: float, iou_max: float, threads: int) -> None:
        if not 0 < confidence_min < 1 or not 0 <= iou_max <= 1:
            raise ModelError(
                f"{self._where}: confidence_min {confidence_min} and iou_max {iou_max}, wanted "
                "0..1; correct the config"
            )
        if not 1 <= threads <= _THREADS_MAX:
            raise ModelError(
                f"{self._where}: {threads} threads, wanted 1..{_THREADS_MAX}; correct the config"
            )

    def _learn_background(self) -> None:
        """Learn what the network detects in a blank frame of this input size, and discount it."""
        height_px, width_px = self._buffers[0].tensor.shape[2:]
        for index, tone in enumerate(BLANK_TONES):
            self.prepare(0, Frame(np.full((height_px, width_px, 3), tone, np.uint8), 0.0, index))
            self._decoder.learn_background(self.infer(0))
        self._buffers[0].clear()

    def _open_session(
        self, model: Model, *, threads: int, providers: Sequence[str]
    ) -> onnxruntime.InferenceSession:
        available = onnxruntime.get_available_providers()
        missing = [provider for provider in providers if provider not in available]
        if missing or not providers:
            raise ModelError(
                f"{self._where}: providers {list(providers)}, this onnxruntime has {available}; "
                "correct the config, nothing is chosen in their place"
            )
        options = _session_options(threads)
        try:
            session = onnxruntime.InferenceSession(
                model.content, options, providers=list(providers)
            )
        except _RUNTIME_FAULTS as error:
            raise ModelError(
                f"{self._where}: {_refusal(str(error), model.card.mending_command)}"
            ) from error
        # The runtime keeps the model's bytes for a second try with another provider; there is none.
        session._model_bytes = None  # noqa: SLF001 - no public way to let go of it
        # A provider whose device is missing is dropped at the start, or at the first failing run,
        # without an error.
        session.disable_fallback()
        if session.get_providers()[: len(providers)] != list(providers):
            raise ModelError(
                f"{self._where}: runs on {session.get_providers()}, wanted {list(providers)}; mend "
                "the device or correct the config"
            )
        return session

    def _check_names(self) -> None:
        inputs = {value.name: value for value in self._session.get_inputs()}
        outputs = {value.name for value in self._session.get_outputs()}
        if set(inputs) != {self._input_name} or not outputs.issuperset(self._output_names):
            raise ModelError(
                f"{self._where}: inputs {sorted(inputs)} and outputs {sorted(outputs)}, the card "
                f"says {[self._input_name]} and {self._output_names}; correct the card"
            )
        types = {value.name: value.type for value in self._session.get_outputs()}
        for name, element in self._decoder.outputs:
            if types[name] != _RUNTIME_TYPES[element]:
                raise ModelError(
                    f"{self._where}: its output {name} is {types[name]}, wanted "
                    f"{_RUNTIME_TYPES[element]}; export it in full precision"
                )
        shape, wanted = inputs[self._input_name].shape, self._buffers[0].tensor.shape
        free = all(
            isinstance(got, str) or got is None or got == size
            for got, size in zip(shape, wanted, strict=False)
        )
        if len(shape) != len(wanted) or not free or inputs[self._input_name].type != _FLOAT32:
            raise ModelError(
                f"{self._where}: its input is {inputs[self._input_name].type} {shape}, wanted "
                f"{_FLOAT32} {list(wanted)}; choose an input size that it allows, and correct the "
                "card"
            )


def _session_options(threads: int) -> onnxruntime.SessionOptions:
    """Return how a network is run: silent, lean, and with threads that sleep while they wait.

    Measured for person-ssdlite 480x360, yolox-nano 416x416 and rtmdet-nano 480x352: CPU ms of a run
    in one thread / PSS in MB, outputs the same to 1e-3 [2026-11-30, x86-64, onnxruntime 1.28].

    ======================================  =========  =========  =========
    as here                                 29.0 / 97  15.4 / 62  16.7 / 58
    graph optimisation extended, not all    56.3 / 77  22.7 / 60  26.7 / 54
    graph optimisation basic                60.5 / 92  25.4 / 62  28.6 / 57
    without an arena                        30.1 / 126 15.3 / 65  18.0 / 70
    an arena that grows piece by piece      29.2 / 99  14.9 / 63  16.8 / 58
    memory pattern on                       28.4 / 95  15.1 / 63  16.3 / 58
    threads that spin                       29.1 / 93  15.1 / 63  16.9 / 58
    ======================================  =========  =========  =========

    So the graph is optimised wholly, and the rest costs or spares memory and the others' time.
    """
    onnxruntime.set_default_logger_severity(_LOG_FATAL)
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _LOG_FATAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The plan would hold all activations of a run in one block: 25 MB more, and no faster here.
    options.enable_mem_pattern = False
    _one_arena()
    options.add_session_config_entry("session.use_env_allocators", "1")
    # A thread that spins while it waits takes the processor from the other threads: 87 instead of
    # 26 ms under load.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return options


@functools.cache
def _one_arena() -> None:
    """Let activations share one region of memory, once a process.

    Grown piece by piece, no piece would fit the next layer: 6 MB more here. What is not touched of
    the region costs an address and no memory; beyond it the arena grows as before.
    """
    memory = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    onnxruntime.create_and_register_allocator(
        memory, onnxruntime.OrtArenaCfg({"initial_chunk_size_bytes": ARENA_BYTES})
    )


def _refusal(said: str, mending_command: str) -> str:
    """Say in words why onnxruntime refuses a model, and what to do."""
    version = onnxruntime.__version__
    if _TOO_NEW.search(said):
        remedy = (
            "export the model again with an older opset_version and ir_version, or install a newer "
            "one below 1.29"
        )
        return f"it is newer than onnxruntime {version} here reads; {remedy}"
    if operator := _NO_OPERATOR.search(said):
        remedy = "export it in full precision (float32), neither half nor quantised"
        return f"onnxruntime {version} has no {operator[1]} for these numbers; {remedy}"
    return f"onnxruntime refuses it: {said}; run {mending_command}"


def check_runtime_version(version: str) -> None:
    """Refuse an onnxruntime that sends telemetry, and one whose version cannot be told.

    Raises ModelError naming the version to install.
    """
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) >= _VERSION_LIMIT:
        raise ModelError(
            f"onnxruntime {version}: from 1.29 on it sends telemetry from inside the process, "
            "wanted one below 1.29; install 'onnxruntime<1.29'"
        )


def check_input_size(card: Card, *, width_px: int, height_px: int) -> None:
    """Refuse an input size, in pixels, that the card does not allow.

    Raises ModelError naming the allowed sizes.
    """
    layout = card.input
    if layout.fixed and (width_px, height_px) != (layout.width_px, layout.height_px):
        raise ModelError(
            f"model {card.name}: input {width_px}x{height_px}, wanted exactly "
            f"{layout.width_px}x{layout.height_px}; correct the config"
        )
    for side_px in (width_px, height_px):
        if side_px % layout.multiple_px or not layout.side_min_px <= side_px <= layout.side_max_px:
            raise ModelError(
                f"model {card.name}: input {width_px}x{height_px}, wanted sides of "
                f"{layout.side_min_px}..{layout.side_max_px} pixels in multiples of "
                f"{layout.multiple_px}; correct the config"
            )


def _decoder(card: Card, confidence_min: float, *, width_px: int, height_px: int) -> Decoder:
    """Return what reads the outputs of this format at this input size."""
    layout = card.layout
    if isinstance(layout, RtmdetLayout):
        return RtmdetDecoder(layout, confidence_min=confidence_min)
    if isinstance(layout, SsdLayout):
        return SsdDecoder(
            layout, width_px=width_px, height_px=height_px, confidence_min=confidence_min
        )
    return YoloxDecoder(
        layout, width_px=width_px, height_px=height_px, confidence_min=confidence_min
    )
