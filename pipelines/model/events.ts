import { bigQueryColumns } from '../../schemas/bigquery.ts';
import { contractOf, partitionPlan } from './datasets.ts';
import { metadataColumns, topicSchema } from './event-columns.ts';
import { datasetName, eventTopicName, labels, topicName } from './names.ts';
import type { EventPipeline } from './pipeline.ts';
import type { Catalog } from './read.ts';
import type { Environment, EventSubscriptionPlan, TablePlan, TopicPlan } from './resources.ts';

const DAY_SECONDS = 86_400;
/** An outage of BigQuery costs attempts too, so not the least that there may be. */
const MAX_DELIVERY_ATTEMPTS = 20;

/** The topic that the events of a pipeline are published to; publishing refuses what its contract does not allow. */
export function planEventTopic(catalog: Catalog, environment: Environment, pipeline: EventPipeline): TopicPlan {
  const name = eventTopicName(environment.name, pipeline.pipeline);
  const contract = contractOf(catalog, pipeline.pipeline, pipeline.events.contract);
  return {
    name,
    description: pipeline.description,
    labels: labels(environment.name, pipeline.pipeline),
    schema: { name, definition: topicSchema(contract) },
  };
}

export function planEventSubscription(environment: Environment, pipeline: EventPipeline): EventSubscriptionPlan {
  const name = eventTopicName(environment.name, pipeline.pipeline);
  return {
    name,
    topic: name,
    table: { dataset: datasetName(environment, pipeline.events.dataset), name: pipeline.events.table },
    labels: labels(environment.name, pipeline.pipeline),
    retentionSeconds: 7 * DAY_SECONDS,
    deadLetter: { topic: topicName(environment.name, 'dead-letter'), maxDeliveryAttempts: MAX_DELIVERY_ATTEMPTS },
  };
}

/** The events table: the contract's columns, then Pub/Sub's. */
export function planEventTable(catalog: Catalog, environment: Environment, pipeline: EventPipeline): TablePlan {
  const { events } = pipeline;
  const contract = contractOf(catalog, pipeline.pipeline, events.contract);
  return {
    dataset: datasetName(environment, events.dataset),
    name: events.table,
    description: contract.doc,
    columns: [...bigQueryColumns(contract), ...metadataColumns],
    labels: labels(environment.name, pipeline.pipeline),
    cluster: events.cluster ?? [],
    ...partitionPlan(events.partition),
  };
}
