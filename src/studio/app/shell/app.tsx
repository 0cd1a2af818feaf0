/** Which page is shown. Those that not everybody opens come when they are wanted. */
import { Component, lazy, type ReactNode, Suspense } from "react";
import { refusalOf } from "../client.ts";
import { ComparePage } from "../compare/compare-page.tsx";
import { Link } from "../parts/link.tsx";
import { plain } from "../parts/plain.tsx";
import { Empty, Loading, Trouble } from "../parts/states.tsx";
import { type Route, to, usePlace } from "../router.ts";
import { RunPage } from "../run/run-page.tsx";
import { RunsPage } from "../runs/runs-page.tsx";
import { SamplePage } from "../sample/sample-page.tsx";
import { Help } from "./help.tsx";
import { Bar } from "./top-bar.tsx";
import { Troubles } from "./troubles.tsx";

const EditorPage = lazy(() => import("../editor/editor-page.tsx"));
const ReviewPage = lazy(() => import("../review/review-page.tsx"));
const GraphsPage = lazy(() => import("../editor/graphs-page.tsx"));

export function App() {
  const { route } = usePlace();
  return (
    <Guard key={route.page}>
      <Suspense fallback={<Loading what="the page" />}>
        <Page route={route} />
      </Suspense>
      <Troubles />
      <Help />
    </Guard>
  );
}

function Page({ route }: { readonly route: Route }) {
  switch (route.page) {
    case "runs":
      return <RunsPage />;
    case "compare":
      return <ComparePage a={route.a} b={route.b} />;
    case "graphs":
      return <GraphsPage />;
    case "editor":
      return <EditorPage file={route.file} />;
    case "run":
      return <RunPage key={route.run} run={route.run} />;
    case "review":
      return <ReviewPage key={route.run} run={route.run} />;
    case "sample":
      return <SamplePage key={route.run} run={route.run} sample={route.sample} />;
    default:
      return (
        <>
          <Bar crumbs={[{ text: "nowhere" }]} />
          <main>
            <Empty title="There is no such page">
              {route.page === "nowhere" ? <p>{plain(route.path)}</p> : null}
              <Link href={to.runs()}>All runs</Link>
            </Empty>
          </main>
        </>
      );
  }
}

/** A mistake of ours in one page leaves the others usable. */
class Guard extends Component<{ readonly children: ReactNode }, { readonly thrown?: unknown }> {
  override state: { readonly thrown?: unknown } = {};

  static getDerivedStateFromError(thrown: unknown) {
    return { thrown };
  }

  override render() {
    if (this.state.thrown === undefined) return this.props.children;
    return (
      <>
        <Bar crumbs={[{ text: "trouble" }]} />
        <main>
          <Trouble error={refusalOf(this.state.thrown)} />
        </main>
      </>
    );
  }
}
