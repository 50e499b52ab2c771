import type { Process, Reference, StoredSpan, Tag } from '../store/stored-span.ts';
import { attributesToTags, attributeToTag, sortedByKey } from './attribute-to-tag.ts';
import { type Attribute, type OtlpRequest, type OtlpSpan, otlpSpan } from './otlp-schema.ts';

export interface ReadSpans {
  spans: StoredSpan[];
  /** Spans that could not be read, and why the first of them could not. */
  rejected: number;
  reason: string | undefined;
}

/** The spans of an export, as Jaeger would show them. */
export function otlpToSpans({ resourceSpans }: OtlpRequest): ReadSpans {
  const read: ReadSpans = { spans: [], rejected: 0, reason: undefined };
  for (const { resource, scopeSpans } of resourceSpans) {
    const process = toProcess(resource?.attributes ?? []);
    for (const { scope, spans } of scopeSpans) {
      const ofScope: Tag[] = [];
      if (scope?.name) ofScope.push(text('otel.scope.name', scope.name));
      if (scope?.version) ofScope.push(text('otel.scope.version', scope.version));
      for (const sent of spans) {
        const { success, data, error } = otlpSpan.safeParse(sent);
        if (success) read.spans.push(toSpan(data, ofScope, process));
        else {
          read.rejected += 1;
          const [fault] = error.issues;
          read.reason ??= fault && `${fault.path.join('.') || 'span'}: ${fault.message}`;
        }
      }
    }
  }
  return read;
}

function toProcess(attributes: readonly Attribute[]): Process {
  const name = attributes.find(({ key }) => key === 'service.name')?.value?.stringValue;
  return {
    serviceName: typeof name === 'string' && name !== '' ? name : 'missing-service-name',
    tags: attributesToTags(attributes.filter(({ key }) => key !== 'service.name')),
  };
}

function toSpan(span: OtlpSpan, ofScope: readonly Tag[], process: Process): StoredSpan {
  const isNegative = span.endTimeUnixNano < span.startTimeUnixNano;
  const kind = KINDS[span.kind] ?? '';
  return {
    traceId: span.traceId,
    spanId: span.spanId,
    operation: span.name,
    kind,
    startUs: toUs(span.startTimeUnixNano),
    durationUs: isNegative ? 0 : toUs(span.endTimeUnixNano - span.startTimeUnixNano),
    references: toReferences(span),
    tags: toTags(span, kind, ofScope),
    logs: span.events.map(({ name, timeUnixNano, attributes }) => ({
      timestampUs: toUs(timeUnixNano),
      fields: [...(name ? [text('event', name)] : []), ...attributesToTags(attributes)],
    })),
    process,
    warnings: isNegative ? ['The span ended before it began; its duration is shown as 0.'] : [],
  };
}

/** 0 is "unspecified". */
const KINDS = ['', 'internal', 'server', 'client', 'producer', 'consumer'];

/** Divided as integers: nanoseconds since 1970 have 61 bits, more than a number holds. */
function toUs(nano: bigint): number {
  return Number(nano / 1_000n);
}

function toTags({ attributes, status, traceState }: OtlpSpan, kind: string, ofScope: readonly Tag[]): Tag[] {
  const tags = [...ofScope, ...attributes.map(attributeToTag)];
  if (kind) tags.push(text('span.kind', kind));
  if (status?.code === 1) tags.push(text('otel.status_code', 'OK'));
  if (status?.code === 2) tags.push(text('otel.status_code', 'ERROR'), { key: 'error', type: 'bool', value: true });
  if (status?.message) tags.push(text('otel.status_description', status.message));
  if (traceState) tags.push(text('w3c.tracestate', traceState));
  return sortedByKey(tags);
}

/** Parents first, then what else is linked. A link to the parent itself says what kind of parent it is. */
function toReferences({ traceId, parentSpanId, links }: OtlpSpan): Reference[] {
  const references: Reference[] = parentSpanId ? [{ refType: 'CHILD_OF', traceId, spanId: parentSpanId }] : [];
  for (const link of links) {
    const type = link.attributes.find(({ key }) => key === 'opentracing.ref_type')?.value?.stringValue;
    const refType = type === 'child_of' ? 'CHILD_OF' : 'FOLLOWS_FROM';
    const [parent] = references;
    if (parent && link.traceId === traceId && link.spanId === parentSpanId) parent.refType = refType;
    else references.push({ refType, traceId: link.traceId, spanId: link.spanId });
  }
  const rank = ({ refType }: Reference) => (refType === 'CHILD_OF' ? 0 : 1);
  return references.sort((a, b) => rank(a) - rank(b));
}

function text(key: string, value: string): Tag {
  return { key, type: 'string', value };
}
