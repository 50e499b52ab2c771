import { rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { localPaths } from '@meridian/local';
import { decideCommand, type RegionCommand, type RoutingTable, SERVICE_NAMES } from '@meridian/regions';
import { type StandIns, startStandIns } from '../instance/stand-in-services.fixture.ts';
import type { Session } from '../session.ts';
import { createTerminal } from '../terminal/terminal.ts';

/** No run of this checkout has a folder under this number. */
const PORT_OFFSET = 1_000_000 + process.pid;

/** The services of every region, and controls and an edge that all know one table: commands are decided at once. */
export interface StandInInstance extends StandIns {
  /** What the commands wrote, as JSON. */
  written(): unknown[];
  table(): RoutingTable;
  decide(command: RegionCommand): void;
  /** Refuses this command, as when no majority answers; undefined to refuse none. */
  refuse: RegionCommand['kind'] | undefined;
}

export async function startStandInInstance(
  topology: Session['topology'],
  first: RoutingTable,
): Promise<StandInInstance> {
  const services = await startStandIns(topology);
  const lines: string[] = [];
  let table = first;
  const servers: Server[] = [];

  async function listen(answer: (path: string, body: { command: RegionCommand }) => [number, object]) {
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      const [status, body] = answer(request.url ?? '', text === '' ? undefined : JSON.parse(text));
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { host: '127.0.0.1', port: (server.address() as AddressInfo).port };
  }

  function decide(command: RegionCommand) {
    const decision = decideCommand(table, command, Date.now());
    if (!decision.ok) throw new Error(decision.detail);
    table = decision.table;
  }

  const control = (region: string) =>
    listen((path, body) => {
      if (path === '/status') {
        const known = SERVICE_NAMES.map((service) => ({ service, epoch: table.epoch }));
        const status = { region, table, caughtUp: true, votesAfter: 0, leaseMs: null, peers: [], services: known };
        return [200, status];
      }
      if (path !== '/commands') return [404, {}];
      if (body.command.kind === instance.refuse) return [503, { reason: 'NotBegun', title: 'No majority' }];
      decide(body.command);
      return [200, { table }];
    });
  const edge = await listen(() => [200, edgeStatus(table)]);
  const stdout = { write: (text: string) => lines.push(text), on: () => stdout } as unknown as NodeJS.WriteStream;
  const terminal = createTerminal(stdout, stdout, { color: false, columns: 100, interactive: false });
  const { addresses } = services.session;
  const at = await Promise.all(
    Object.entries(addresses.regions).map(async ([region, one]) => [
      region,
      { ...one, control: await control(region) },
    ]),
  );
  const session = {
    ...{ ...services.session, terminal, json: true, portOffset: PORT_OFFSET },
    addresses: { ...addresses, edge, runner: edge, regions: Object.fromEntries(at) },
  };
  const instance: StandInInstance = {
    ...{ ...services, session, refuse: undefined, table: () => table, decide },
    written: () => lines.map((line) => JSON.parse(line)),
    async close() {
      await services.close();
      for (const server of servers) server.close();
      await rm(localPaths(PORT_OFFSET).dataDir, { recursive: true, force: true });
    },
  };
  return instance;
}

function edgeStatus({ epoch, mode, reason }: RoutingTable) {
  return {
    ...{ state: 'serving', defaultLocation: { lat: 0, lon: 0 }, inFlight: 0, regions: [] },
    table: { epoch, mode: mode.kind, primary: null, reason, controls: [] },
    ...{ retries: { made: 0, refused: 0 }, shed: { reads: 0, writes: 0 }, hedges: { sent: 0, won: 0 } },
    handOvers: { waiting: 0, waited: 0, inVain: 0 },
  };
}
