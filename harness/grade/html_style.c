// SPDX-License-Identifier: GPL-2.0-only
/*
 * html_style.c - how all pages look, see html.h. Colours have a contrast of at
 * least 4.5 to what is behind them, in light and in dark (harness/tests/test_html.py
 * measures it), and never say anything that a word does not say, too.
 */
#include "html.h"

#define LIGHT \
	"--back:#f6f7f8;--card:#fff;--text:#1c2127;--quiet:#545c66;--line:#d8dce1;--link:#0a55c4;" \
	"--code:#eef0f3;--good:#136330;--goodback:#e1f3e6;--bad:#9f1717;--badback:#fce8e7;" \
	"--odd:#734700;--oddback:#fcefd6;--part:#0b4f9e;--partback:#e3eefb;--none:#4a525b;" \
	"--noneback:#e9ecef;--goodbar:#2e9e55;--badbar:#d0443e;--oddbar:#d08a1d;--partbar:#3b7fd4;" \
	"--nonebar:#9aa3ad;"
#define DARK \
	"--back:#121417;--card:#1b1e23;--text:#e4e7ea;--quiet:#a4acb6;--line:#353b43;--link:#8db7fa;" \
	"--code:#262a31;--good:#8ddba3;--goodback:#16301e;--bad:#ffaba5;--badback:#401b1b;" \
	"--odd:#f0c778;--oddback:#382b0f;--part:#a5c9fb;--partback:#18293f;--none:#b8c0c9;" \
	"--noneback:#2a2f36;--goodbar:#43b56b;--badbar:#e5645d;--oddbar:#dba042;--partbar:#5c98e6;" \
	"--nonebar:#6c7681;"

const char html_style[] =
	":root{color-scheme:light dark;" LIGHT "}\n"
	"@media (prefers-color-scheme:dark){:root{" DARK "}}\n"
	"*{box-sizing:border-box}\n"
	"html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
	"body{margin:0;background:var(--back);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"
	"'Segoe UI',Roboto,'Noto Sans','DejaVu Sans',sans-serif;overflow-wrap:anywhere}\n"
	"header,main,footer{max-width:62rem;margin:0 auto;padding:0 1rem}\n"
	"h1,h2,h3{line-height:1.25;margin:0;text-wrap:balance}\n"
	"h1{font-size:1.9rem}h2{font-size:1.3rem}h3{font-size:1rem}\n"
	"p{margin:.5rem 0}a{color:var(--link)}\n"
	":focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:3px}\n"
	"code,pre{font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;"
	"font-size:.86em}\n"
	"pre{margin:0;padding:.45rem .65rem;background:var(--code);border-radius:6px;"
	"white-space:pre-wrap;line-height:1.45;unicode-bidi:plaintext}\n"
	"p code,li code,td code{background:var(--code);border-radius:4px;padding:.05em .3em}\n"
	"bdi{unicode-bidi:isolate}\n"
	".quiet{color:var(--quiet)}.small{font-size:.88rem}\n"
	".eyebrow{margin:0;color:var(--quiet);font-size:.8rem;letter-spacing:.04em}\n"
	/* The head: who, and how many points. */
	".top{padding-top:2rem;padding-bottom:.5rem}\n"
	".score{display:flex;flex-wrap:wrap;align-items:baseline;gap:.4rem .8rem;margin:.6rem 0 .3rem}\n"
	".score strong{font-size:1.6rem;font-variant-numeric:tabular-nums}\n"
	"div.score{justify-content:space-between;margin:.1rem 0 .4rem}div.score p{margin:0;"
	"white-space:nowrap}div.score h2{flex:1 1 16rem}div.score strong{font-size:1.3rem}\n"
	".card{background:var(--card);border:1px solid var(--line);border-radius:10px;"
	"padding:1rem 1.1rem;margin:1rem 0}\n"
	".card>h2{margin-bottom:.5rem}\n"
	".call{border-left:5px solid var(--oddbar)}\n"
	/* Badges and bars */
	".badge{display:inline-block;border-radius:99px;padding:.08rem .6rem;font-size:.8rem;"
	"font-weight:600;white-space:nowrap;border:1px solid currentColor}\n"
	".good{color:var(--good);background:var(--goodback)}.bad{color:var(--bad);"
	"background:var(--badback)}.odd{color:var(--odd);background:var(--oddback)}"
	".part{color:var(--part);background:var(--partback)}.none{color:var(--none);"
	"background:var(--noneback)}\n"
	".bar{display:block;width:100%;height:.6rem;border-radius:3px;min-width:3rem}\n"
	".bar rect{stroke:none}.bar .track{fill:var(--noneback)}.bar .good{fill:var(--goodbar)}"
	".bar .bad{fill:var(--badbar)}.bar .odd{fill:var(--oddbar)}.bar .part{fill:var(--partbar)}"
	".bar .none{fill:var(--nonebar)}\n"
	/* Tables */
	"table{border-collapse:collapse;width:100%;margin:.4rem 0}\n"
	"caption{text-align:left;color:var(--quiet);font-size:.88rem;padding-bottom:.3rem}\n"
	"th,td{text-align:left;vertical-align:top;padding:.4rem .8rem .4rem 0;"
	"border-bottom:1px solid var(--line)}\n"
	"tr>:last-child{padding-right:0}\n"
	"tbody tr:last-child>*{border-bottom:0}\n"
	"thead th{overflow-wrap:normal;color:var(--quiet);font-size:.82rem;font-weight:600}\n"
	"tbody th{font-weight:600}th .small{font-weight:400;display:inline-block;line-height:1.35}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"th.n{white-space:normal}tbody th.n{white-space:nowrap}\n"
	"td.bars{width:38%}td.bars.wide{vertical-align:middle}.hist th,.hist td{padding-top:.12rem;padding-bottom:.12rem;border:0;"
	"vertical-align:middle}.hist .fill{width:80%}.hist tbody th{font-weight:400}\n"
	"tfoot th,tfoot td{border-top:2px solid var(--line);border-bottom:0;font-weight:700}\n"
	/* Tests */
	"details.test{border:1px solid var(--line);border-left-width:5px;border-radius:8px;"
	"margin:.7rem 0;background:var(--card);color:var(--text)}\n"
	"details.test.bad{border-left-color:var(--badbar)}details.test.odd{border-left-color:"
	"var(--oddbar)}details.test.good{border-left-color:var(--goodbar)}\n"
	"summary{cursor:pointer}\n"
	"details.test>summary{display:flex;flex-wrap:wrap;gap:.3rem .6rem;align-items:baseline;"
	"padding:.6rem .8rem;list-style:none}\n"
	"details.test>summary::-webkit-details-marker{display:none}\n"
	"details.test>summary::before{content:'\\25b8';color:var(--quiet)}\n"
	"details.test[open]>summary::before{content:'\\25be'}\n"
	"details.test h3{flex:1 1 16rem}\n"
	".body{padding:0 .8rem .8rem}\n"
	".message{font-size:1.05rem;margin-top:0;white-space:pre-line}\n"
	"dl{margin:.6rem 0;display:grid;grid-template-columns:6.5rem 1fr;gap:.45rem .6rem}\n"
	"dt{color:var(--quiet);font-size:.88rem;padding-top:.4rem}dd{margin:0;min-width:0}\n"
	"dl.facts{gap:.1rem .6rem}dl.facts dt{padding:0}dl.facts dd{grid-column:2}\n"
	".next{font-size:.9rem;color:var(--quiet);margin:.7rem 0 0}\n"
	"ul,ol{margin:.4rem 0;padding-left:1.2rem}\n"
	".rows{list-style:none;padding:0}.rows p{margin:.2rem 0}\n"
	".rows>li{display:flex;flex-wrap:wrap;gap:.2rem .6rem;align-items:baseline;"
	"padding:.3rem 0;border-bottom:1px solid var(--line)}\n"
	".rows>li:last-child{border-bottom:0}\n"
	".rows .what{flex:1 1 16rem;min-width:0}.rows .meter{flex:0 1 14rem}\n"
	"ol.rows>li{padding:.6rem 0;gap:.3rem 1.5rem}\n"
	".cases{list-style:none;padding:0}.cases>li{padding:.7rem 0;border-top:1px solid "
	"var(--line)}\n"
	"figure{margin:.6rem 0}figure img{max-width:100%;height:auto;border:1px solid var(--line);"
	"image-rendering:pixelated;background:#fff}figcaption{color:var(--quiet);font-size:.88rem}\n"
	".more{margin:.5rem 0}.more>summary{color:var(--link)}.more table{font-size:.88rem}\n"
	/* The class */
	".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(7.5rem,1fr));gap:.6rem;"
	"margin:1rem 0;padding:0;list-style:none}\n"
	".tiles li{background:var(--card);border:1px solid var(--line);border-radius:10px;"
	"padding:.6rem .8rem;color:var(--quiet);font-size:.88rem}\n"
	".tiles strong{display:block;font-size:1.5rem;line-height:1.2;color:var(--text);"
	"font-variant-numeric:tabular-nums}\n"
	"nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0}\n"
	".chips{display:flex;flex-wrap:wrap;gap:.25rem;margin:0;padding:0;list-style:none}\n"
	".chips li{border-radius:5px;padding:.02rem .4rem;font-size:.8rem;"
	"font-variant-numeric:tabular-nums;white-space:nowrap}\n"
	"footer{color:var(--quiet);font-size:.88rem;padding-top:1rem;padding-bottom:3rem}footer th{white-space:nowrap}\n"
	"@media (max-width:40rem){h1{font-size:1.5rem}.card{padding:.8rem .8rem;border-radius:8px}"
	"dl{grid-template-columns:1fr;gap:.1rem}dt{padding-top:.4rem}dl.facts{grid-template-columns:"
	"6.5rem 1fr}.wide{display:none}details.test .n{margin-left:auto}details.test h3{order:1;flex-basis:100%}td.bars{width:40%}.rows .meter{flex-basis:100%}th,td{padding-right:.5rem}}\n"
	/* On paper everything is shown, without grey areas that drink ink. */
	"@media print{:root{color-scheme:light;" LIGHT "--back:#fff;--code:#fff;--noneback:#eee}"
	"body{font-size:10pt}header,main,footer{max-width:none;padding-left:0;padding-right:0}"
	"pre{border:1px solid var(--line)}.card{border:0;padding:0;break-inside:auto}"
	"details.test,li,tr,figure{break-inside:avoid}h2,summary{break-after:avoid}"
	"details::details-content{content-visibility:visible;display:block;block-size:auto}"
	"nav,.machines{display:none}.bar,.badge,.chips li{print-color-adjust:exact;"
	"-webkit-print-color-adjust:exact}}\n";
