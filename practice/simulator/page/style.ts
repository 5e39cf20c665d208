/** Style of the simulator's page: the console's tokens, and bubbles as WeCom draws them. */
export const pageCss = String.raw`
:root {
  --surface-0: #f3f5f5; --surface-1: #ffffff; --surface-2: #e9eded; --line: #d3dadb;
  --text-1: #16201f; --text-2: #495655; --accent: #0b6b70; --on-accent: #ffffff;
  --mine: #c9e7ff; --ok: #1c6b3a; --warn: #8a5200; --bad: #a3261b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --surface-0: #14191a; --surface-1: #1c2324; --surface-2: #283132; --line: #364143;
    --text-1: #e6ecec; --text-2: #a9b6b6; --accent: #54b9bd; --on-accent: #06201f;
    --mine: #17405f; --ok: #6fce94; --warn: #e5b05c; --bad: #ff8f84;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; height: 100vh; display: flex; flex-direction: column;
  background: var(--surface-0); color: var(--text-1);
  font: 13px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif;
  font-variant-numeric: tabular-nums;
}
header { padding: 12px 16px; border-bottom: 1px solid var(--line); background: var(--surface-1);
  display: flex; gap: 4px 16px; align-items: baseline; flex-wrap: wrap; }
h1 { font-size: 15px; margin: 0; }
header p { margin: 0; color: var(--text-2); }
main { flex: 1; min-height: 0; display: grid; grid-template-columns: 1fr 1fr; }
section { display: flex; flex-direction: column; min-height: 0; min-width: 0; }
section + section { border-left: 1px solid var(--line); }
.head { display: flex; align-items: center; gap: 8px 12px; padding: 8px 16px; min-height: 49px; flex-wrap: wrap;
  border-bottom: 1px solid var(--line); background: var(--surface-1); }
h2 { font-size: 13px; margin: 0; flex: 1; white-space: nowrap; }
.chat { flex: 1; overflow: auto; padding: 16px; }
.chat ol { list-style: none; margin: 0; padding: 0; display: flex; flex-direction: column; gap: 16px; }
.empty { color: var(--text-2); max-width: 36em; margin: 32px auto; text-align: center; }
#notice { margin: 0; padding: 0 16px; }
#notice:not(:empty) { padding: 8px 16px; border-bottom: 1px solid var(--line); background: var(--surface-1); }
form { display: flex; gap: 8px 12px; align-items: end; padding: 12px 16px; border-top: 1px solid var(--line);
  background: var(--surface-1); flex-wrap: wrap; }
label { color: var(--text-2); font-size: 12px; }
form label { display: flex; flex-direction: column; gap: 4px; }
.grow { flex: 1; min-width: 180px; }
select, input, button { font: inherit; font-size: 13px; color: var(--text-1); background: var(--surface-1);
  border: 1px solid var(--line); border-radius: 6px; padding: 4px 8px; min-height: 32px; }
input { width: 100%; }
button { cursor: pointer; background: var(--accent); color: var(--on-accent); border-color: transparent; padding: 4px 16px; }
button.quiet { background: transparent; color: var(--accent); border-color: var(--line); padding: 4px 12px; }
button:disabled { opacity: .6; cursor: default; }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
.turn { display: flex; flex-direction: column; gap: 8px; }
.said { display: flex; flex-direction: column; gap: 4px; max-width: 85%; align-items: flex-start; }
.mine { align-self: flex-end; align-items: flex-end; }
.who { color: var(--text-2); font-size: 12px; }
.bubble { background: var(--surface-1); border: 1px solid var(--line); border-radius: 10px; padding: 8px 12px;
  overflow-wrap: anywhere; white-space: pre-wrap; max-width: 100%; }
.mine .bubble { background: var(--mine); border-color: transparent; }
.bubble > :first-child { margin-top: 0; }
.bubble > :last-child { margin-bottom: 0; }
.rich { white-space: normal; }
.rich p, .rich h3, .rich ul, .rich blockquote, .rich pre { margin: 4px 0; }
.rich h3 { font-size: 15px; }
.rich ul { padding-left: 20px; }
.rich blockquote { border-left: 3px solid var(--line); padding-left: 8px; color: var(--text-2); }
.rich pre { overflow: auto; background: var(--surface-2); border-radius: 6px; padding: 8px; }
.rich hr { border: 0; border-top: 1px solid var(--line); }
.rich strong { font-weight: 600; }
code { font-family: ui-monospace, Consolas, Menlo, monospace; font-size: 12px; background: var(--surface-2); border-radius: 4px; padding: 0 4px; }
pre code { background: none; padding: 0; }
.info { color: var(--ok); } .comment { color: var(--text-2); } .warning { color: var(--warn); }
.mention, a { color: var(--accent); }
.bubble img { display: block; max-width: 100%; max-height: 240px; border-radius: 6px; }
.card { min-width: 240px; }
.card .big { font-size: 22px; }
.card dl { display: grid; grid-template-columns: max-content 1fr; gap: 0 12px; margin: 4px 0; }
.card dt { color: var(--text-2); } .card dd { margin: 0; }
p.outcome { margin: 0; font-size: 12px; color: var(--text-2); }
.outcome b { font-weight: 600; }
.good { color: var(--ok); } .poor { color: var(--bad); } .middling { color: var(--warn); }
details { font-size: 12px; max-width: 100%; }
summary { cursor: pointer; color: var(--accent); }
details pre { margin: 4px 0 8px; padding: 8px; background: var(--surface-2); border-radius: 6px; overflow: auto;
  max-height: 240px; font: 12px/1.4 ui-monospace, Consolas, Menlo, monospace; white-space: pre-wrap; overflow-wrap: anywhere; }
details p { margin: 4px 0 0; color: var(--text-2); }
@media (max-width: 820px) {
  body { height: auto; min-height: 100vh; }
  main { grid-template-columns: 1fr; }
  section + section { border-left: 0; border-top: 1px solid var(--line); }
  .chat { max-height: 60vh; min-height: 160px; }
}
`;
