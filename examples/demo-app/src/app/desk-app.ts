// Composes the product: opens what is needed in order, closes it in the reverse order.

import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { bookingRoutes, buildingRules, openDesk, pageRoutes } from "../domains/booking/index.ts";
import { buildingReminders, openReminders } from "../domains/reminder/index.ts";
import { openRooms, roomRoutes } from "../domains/rooms/index.ts";
import { type Clock, createAuth, openDatabase, readFlags, readOrCreateToken, replyJson, type Route, startTelemetry } from "../providers/index.ts";
import { startSlowly, withDrills } from "./drills.ts";
import { createHttpServer } from "./http-server.ts";
import type { Settings } from "./settings.ts";

export type DeskApp = {
  readonly url: string;
  /** Ends requests, job, telemetry and database. Safe to call twice. */
  readonly stop: () => Promise<void>;
};

export type DeskAppParts = { readonly settings: Settings; readonly clock: Clock; readonly writeLine: (line: string) => void };

const healthRoute: Route = { method: "GET", path: "/healthz", access: "read", handle: () => replyJson(200, { status: "ok" }) };

/** Resolves when the server answers. Rejects when the port is taken or a setting is wrong. */
export async function startDeskApp({ settings, clock, writeLine }: DeskAppParts): Promise<DeskApp> {
  const flags = readFlags(settings.flagsPath, settings.flagsText);
  const telemetry = await startTelemetry({
    endpoint: settings.otlpEndpoint,
    serviceName: settings.serviceName,
    exportIntervalMs: settings.exportIntervalMs,
    writeLine,
  });
  await startSlowly(settings.drills);
  const database = openDatabase(settings.dataDir);
  const rooms = openRooms(database);
  const desk = openDesk({ database, rooms, config: buildingRules, telemetry });
  const reminders = openReminders({ database, desk, clock, config: buildingReminders, telemetry });
  const auth = createAuth(settings.token ?? readOrCreateToken(settings.dataDir), clock);
  const routes = [healthRoute, ...roomRoutes(rooms), ...bookingRoutes(desk), ...pageRoutes()];
  const server = createHttpServer({ routes: withDrills(routes, settings.drills, telemetry), auth, telemetry });
  const port = await listen(server, settings);

  const stopping = new AbortController();
  const job = flags.reminders ? reminders.run(stopping.signal) : Promise.resolve();
  telemetry.log("info", "app.started", { port, reminders: flags.reminders });

  const close = async (): Promise<void> => {
    stopping.abort();
    await Promise.all([closeServer(server), job]);
    telemetry.log("info", "app.stopped", {});
    await telemetry.stop();
    database.close();
  };
  let closed: Promise<void> | undefined;
  return { url: `http://${settings.host}:${port}`, stop: () => (closed ??= close()) };
}

function listen(server: Server, { host, port }: Settings): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      const address: AddressInfo | string | null = server.address();
      if (address === null || typeof address === "string") reject(new Error(`BUG: expected a port, got ${String(address)}`));
      else resolve(address.port);
    });
  });
}

/** Lets open requests finish; idle keep-alive connections are cut, or the end would wait for them. */
function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
}
