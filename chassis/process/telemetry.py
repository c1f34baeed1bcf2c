"""Structured logs and traces of one process."""

from __future__ import annotations

import logging
import sys
import time
from typing import TYPE_CHECKING, Any

import structlog
from opentelemetry import trace

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider

SELDOM_SECONDS = 10.0


def with_trace(logger: Any, method: str, event: Any) -> Any:
    """Put the ids of the current span into a log line."""
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        event["trace_id"] = f"{context.trace_id:032x}"
        event["span_id"] = f"{context.span_id:016x}"
    return event


class Seldom(logging.Filter):
    """Lets a library say the same thing once in ten seconds: without a broker aiokafka writes
    some hundred lines a second, which would fill a disk in a night."""

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library
        self._said: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        if not record.name.startswith(self._library):
            return True
        key, now = (record.name, str(record.msg)), time.monotonic()
        if now - self._said.get(key, -SELDOM_SECONDS) < SELDOM_SECONDS:
            return False
        self._said[key] = now
        return True


def configure_logs(service: str, level: str) -> None:
    """JSON lines on standard error, of our own code and of libraries alike."""
    least = logging.getLevelNamesMapping()[level.upper()]

    def with_service(logger: Any, method: str, event: Any) -> Any:
        # Not bound to a context: threads of libraries log as well.
        event["service"] = service
        return event

    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        with_service,
        structlog.stdlib.add_log_level,
        with_trace,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        # Without local variables: they would carry names and phone numbers into the log.
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    handler.addFilter(Seldom("aiokafka"))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(least)
    # One line for every request or poll is noise; what matters is logged by ourselves.
    for noisy in ("uvicorn.access", "aiokafka", "httpx"):
        logging.getLogger(noisy).setLevel(max(least, logging.WARNING))
    # FastStream writes coloured lines of its own beside ours.  Its one warning, at every start,
    # tells that it makes no topics, which is what we want.
    theirs = logging.getLogger("faststream")
    theirs.handlers.clear()
    theirs.propagate = True
    theirs.setLevel(logging.ERROR)


def configure_traces(service: str, endpoint: str | None) -> TracerProvider | None:
    """Export spans to a collector, if there is one; without it no span is recorded."""
    if endpoint is None:
        return None
    # What exports is a fifth of what a service loads at its start, and few have a collector.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.asyncpg import AsyncPGInstrumentor
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": f"maarid-{service}"}))
    exporter = OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(without_addresses())
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    AsyncPGInstrumentor().instrument()
    return provider


def without_addresses() -> SpanProcessor:
    """Leaves of the address that was asked for no more than how it begins: ids and secrets of
    links, and what stands in a query, are nobody's business.  Which route it was is told anyway."""
    from opentelemetry.sdk.trace import SpanProcessor

    class WithoutAddresses(SpanProcessor):
        def on_start(self, span: Span, parent_context: Context | None = None) -> None:
            attributes = span.attributes or {}
            if isinstance(path := attributes.get("url.path"), str):
                span.set_attribute("url.path", "/".join(path.split("/", 2)[:2]))
            if "url.query" in attributes:
                span.set_attribute("url.query", "REDACTED")

    return WithoutAddresses()
