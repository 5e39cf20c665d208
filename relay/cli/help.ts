import { DEFAULT_DATA_DIR } from './command.ts';

export const help = `Usage: relay COMMAND [OPTIONS]

Commands:
  init --host HOST [--name NAME] [--fixed-ip IP] [--public-cert FILE --public-key FILE]
        Make a data directory: CA, admin key and relay.json.
  start [--listen-public HOST:PORT] [--listen-control HOST:PORT] [--listen-admin HOST:PORT]
        [--log-level debug|info|warn|error]
        [--listen-redirect HOST:PORT]
        Run the relay. SIGTERM drains and ends it; changed certificate files are read by themselves, and on SIGHUP.
  tunnel create NAME --domain DOMAIN [--domain DOMAIN …]
        Make a tunnel. "*.example.com" stands for every name below example.com.
  tunnel list [--json]
        Show tunnels and their devices.
  tunnel token NAME [--ttl 1h]
        Print a one-time enrolment token. It is a secret until it is used.
  tunnel revoke DEVICE
        End a device's certificate and cut it off.
  tunnel domain add|remove NAME DOMAIN
        Bind a domain to a tunnel, or unbind it.
  tunnel access NAME [--domain DOMAIN] [--path PATH …] [--source BLOCK …] [--open] [--inherit]
        Show the white-lists of a tunnel and its domains, or set those of either: --open empties both lists,
        --inherit gives a domain the tunnel's again.
  tunnel recovery list|approve|refuse [DEVICE]
        Expired certificates that wait for an approval to be renewed ("recovery": "approve").
  tunnel held list|deliver|forget [NAME]
        Callbacks that are held while no client is connected: show, try again now, or drop them.
  admin passwd [USER]
        Print a password for one sign-in to the console; makes the user if need be (admin).
  audit verify
        Check that nobody has changed the audit log.
  audit export --out FILE
        Write the audit log as JSON lines.

Options of every command:
  --data-dir DIR   Where the relay keeps its data (${DEFAULT_DATA_DIR}).
  --admin URL      Of tunnel, admin and audit: the running relay's admin address, where relay.json says another.
  --ca FILE        Of the same: the authority of the admin port's certificate, where relay.json does not name that.
  --help, --version

Exit codes: 0 done, 1 failed, 2 the command line makes no sense.
`;
