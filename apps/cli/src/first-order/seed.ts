import type { Command } from 'commander';
import { defineCommand } from '../command-text.ts';
import type { InSession } from '../program.ts';
import { CATALOG_SIZE, productsEverywhere, seedCatalog, waitForCatalogEverywhere } from './seed-catalog.ts';

export function addSeedCommand(program: Command, inSession: InSession): void {
  defineCommand(program, {
    usage: 'seed',
    summary: 'fill the catalog, as "up" does when it is empty',
    details: 'Through the edge, spread over the regions. For containers, which start with an empty catalog.',
    examples: [['seed', 'after "docker compose up -d --build --wait"; does nothing twice']],
    failsWhen: 'a product was refused, or the catalog is not equal in every region',
  }).action(
    inSession(async (session) => {
      const held = await productsEverywhere(session);
      const created = held < CATALOG_SIZE ? (await seedCatalog(session)).created : 0;
      await waitForCatalogEverywhere(session);
      const products = CATALOG_SIZE.toLocaleString('en');
      if (session.json) session.terminal.line(JSON.stringify({ created, products: CATALOG_SIZE }));
      else session.terminal.line(`${products} products are in every region, ${created} of them new.`);
    }),
  );
}
