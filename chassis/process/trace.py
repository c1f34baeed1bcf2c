"""W3C trace context, as a string, between requests, the log and topics."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_PROPAGATOR = TraceContextTextMapPropagator()
TRACER = trace.get_tracer("maarid.chassis")


def current_traceparent() -> str | None:
    """The current span as a `traceparent` header (W3C Trace Context, section 3.2)."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    sampled = context.trace_flags & TraceFlags.SAMPLED
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{sampled:02x}"


@contextmanager
def continued(name: str, traceparent: str | None, kind: SpanKind) -> Generator[Span]:
    """A span that continues the trace of a record, if it carries one."""
    parent = _PROPAGATOR.extract({"traceparent": traceparent}) if traceparent else None
    with TRACER.start_as_current_span(name, context=parent, kind=kind) as span:
        yield span
