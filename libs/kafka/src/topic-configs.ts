import type { Admin } from 'kafkajs';
import { ConfigResourceTypes, ConfigSource } from './kafkajs.ts';
import type { TopicToEnsure } from './types.ts';

export function entriesOf(config: Readonly<Record<string, string>> = {}): { name: string; value: string }[] {
  return Object.entries(config).map(([name, value]) => ({ name, value }));
}

/**
 * Changes settings of topics that are there, where they are others than is asked for. kafkajs knows the request alone that
 * replaces all that was set for a topic (AlterConfigs; the incremental one is KIP-339), so what was is asked first and
 * said again. Somebody else's change in that moment would be undone.
 */
export async function setTopicConfigs(admin: Admin, topics: readonly TopicToEnsure[]): Promise<void> {
  const wanted = new Map(topics.map(({ topic, config = {} }) => [topic, config]));
  const asked = [...wanted].filter(([, config]) => Object.keys(config).length > 0).map(([topic]) => topic);
  if (asked.length === 0) return;
  const type = ConfigResourceTypes.TOPIC;
  const { resources } = await admin.describeConfigs({
    resources: asked.map((name) => ({ type, name })),
    includeSynonyms: false,
  });
  const changes = resources.flatMap(({ resourceName: name, configEntries }) => {
    const found = new Map(configEntries.map((entry) => [entry.configName, entry.configValue]));
    const config = wanted.get(name) ?? {};
    if (Object.entries(config).every(([setting, value]) => found.get(setting) === value)) return [];
    const ownOnes = configEntries.filter(({ configSource }) => configSource === ConfigSource.TOPIC_CONFIG);
    const set = Object.fromEntries(ownOnes.map((entry) => [entry.configName, entry.configValue]));
    return [{ type, name, configEntries: entriesOf({ ...set, ...config }) }];
  });
  if (changes.length > 0) await admin.alterConfigs({ resources: changes, validateOnly: false });
}
