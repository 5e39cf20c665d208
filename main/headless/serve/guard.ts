/** What is looked at of a request before anything else. */
export interface RequestFacts {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly secFetchSite: string | undefined;
}

export type Refusal = 'host' | 'origin' | 'site';

/** The names under which a console on this port is reached; any other Host is DNS rebinding. */
export function allowedHosts(port: number): ReadonlySet<string> {
  return new Set([`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]);
}

/**
 * Whether a request comes from the console itself. Browsers send cookies across ports of one host, so `same-site` is as
 * foreign as `cross-site`. An Origin, where there is one, has to be the Host's; `originNeeded` is for upgrades and for what
 * changes something, which browsers never send without.
 */
export function refusalOf(
  { host, origin, secFetchSite }: RequestFacts,
  hosts: ReadonlySet<string>,
  originNeeded: boolean,
): Refusal | null {
  if (host === undefined || !hosts.has(host.toLowerCase())) return 'host';
  if (
    origin === undefined ? originNeeded : origin.toLowerCase() !== `http://${host.toLowerCase()}`
  ) {
    return 'origin';
  }
  if (secFetchSite !== undefined && secFetchSite !== 'same-origin' && secFetchSite !== 'none') {
    return 'site';
  }
  return null;
}
