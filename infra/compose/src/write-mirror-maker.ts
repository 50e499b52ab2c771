import { writeMirrorMaker } from '@meridian/kafka-cluster';
import { composeAddresses, kafkaAddressesFrom } from '@meridian/regions';
import { readMirrorMakerConfig } from './mirror-maker.config.ts';

/** Writes what Java is told to run a region's MirrorMaker 2 in a container, and prints the file's name. */
try {
  const { topology, region, jars, dir } = readMirrorMakerConfig();
  const clusters = kafkaAddressesFrom(composeAddresses(topology), region);
  console.log(await writeMirrorMaker({ region, clusters, jars, dir }));
} catch (failure) {
  console.error((failure as Error).message);
  process.exitCode = 1;
}
