/** The report's look: one column that reads well on screen and on paper, in light and in dark. */
export const STYLE = `
:root { color-scheme: light dark; --page: #f6f7f9; --card: #fff; --ink: #1c2430; --soft: #566172; --line: #dfe4ea; --pale: #c9d3df;
  --c1: #0b6bb5; --c2: #27784c; --c3: #b4690e; --c4: #8250b8; --c5: #b3364b; --c6: #4f6f8f; --c7: #7d8590; --mark: #fff4d6; --markink: #6b4a00; }
@media (prefers-color-scheme: dark) { :root { --page: #11151b; --card: #1a2028; --ink: #e8ecf1; --soft: #a4afbd; --line: #303946; --pale: #48566a;
  --c1: #5aa9e6; --c2: #5cc08b; --c3: #e0a04a; --c4: #b58ae0; --c5: #ee7c8d; --c6: #8fb0d0; --c7: #9aa3ae; --mark: #3a2f12; --markink: #f3d58a; } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif }
main { max-width: 1060px; margin: 0 auto; padding: 40px 24px 64px }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -.01em; overflow-wrap: anywhere }
h2 { font-size: 20px; margin: 0 0 4px } h3 { font-size: 15px; margin: 20px 0 6px }
p { margin: 6px 0 } .soft, figcaption { color: var(--soft) } .lead { font-size: 18px; max-width: 62em }
section { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 24px 28px; margin-top: 20px }
.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 12px; margin: 24px 0 0; padding: 0 }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 14px 18px }
.facts dt { color: var(--soft); font-size: 14px } .facts dd { margin: 0; font-size: 26px; font-weight: 650; letter-spacing: -.01em; font-variant-numeric: tabular-nums }
.facts small { display: block; font-size: 13px; font-weight: 400; color: var(--soft); letter-spacing: 0 }
.bar { width: 100%; height: 34px; display: block; margin-top: 14px } .chart { width: 100%; height: auto; display: block; margin-top: 12px }
.chart text { font: 15px system-ui, sans-serif; fill: var(--ink) } .chart .tick { fill: var(--soft); font-size: 14px } .chart .value { font-variant-numeric: tabular-nums; font-size: 14px }
.grid { stroke: var(--line) } .line { fill: none; stroke-width: 3 } .error { stroke-width: 2; opacity: .55 }
.c1 { fill: var(--c1); background: var(--c1) } .c2 { fill: var(--c2); background: var(--c2) } .c3 { fill: var(--c3); background: var(--c3) } .c4 { fill: var(--c4); background: var(--c4) }
.c5 { fill: var(--c5); background: var(--c5) } .c6 { fill: var(--c6); background: var(--c6) } .c7 { fill: var(--c7); background: var(--c7) } .pale { fill: var(--pale); background: var(--pale) }
.sc1 { stroke: var(--c1) } .sc2 { stroke: var(--c2) } .sc3 { stroke: var(--c3) }
.legend { list-style: none; margin: 12px 0 0; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 4px 28px }
.legend li { display: flex; gap: 10px; align-items: baseline } .legend li span:nth-child(2) { flex: 1 } .legend b, .legend i { font-variant-numeric: tabular-nums; font-weight: 600; font-style: normal }
.legend i { color: var(--soft); font-weight: 400; min-width: 3.2em; text-align: right } .legend.inline { display: flex; flex-wrap: wrap }
.legend small { display: block; color: var(--soft) } .dot { width: 11px; height: 11px; border-radius: 3px; display: inline-block; flex: none }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100%; margin-top: 10px; font-size: 15px } caption { text-align: left; color: var(--soft); padding-bottom: 4px }
th, td { padding: 6px 12px 6px 0; text-align: left; border-bottom: 1px solid var(--line); vertical-align: top } thead th { color: var(--soft); font-weight: 600; font-size: 14px }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } tbody th { font-weight: 500 } td.why { overflow-wrap: anywhere }
.note { background: var(--mark); color: var(--markink); border-radius: 8px; padding: 10px 14px; margin: 14px 0 0 } .yes { color: var(--c2); font-weight: 600 } .no { color: var(--c5); font-weight: 600 }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 8px 40px } footer { color: var(--soft); font-size: 14px; margin-top: 28px }
@media (max-width: 640px) { main { padding: 24px 14px } section { padding: 18px 16px } .two, .legend { grid-template-columns: 1fr } }
@media print { :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #ccc } main { max-width: none; padding: 0 } section, .facts div { break-inside: avoid; border-color: #ccc }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact } }
`;
