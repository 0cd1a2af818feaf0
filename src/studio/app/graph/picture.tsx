/**
 * A graph, drawn once: the map and the filter of a run, the way of a sample, the echo of what is typed in the editor.
 * What differs between the three is how each node and edge looks (`look`), which the pages work out; this lays out, draws,
 * pans and zooms.
 */
import "@xyflow/react/dist/base.css";
import {
  BaseEdge,
  Controls,
  type Edge,
  EdgeLabelRenderer,
  type EdgeProps,
  getViewportForBounds,
  Handle,
  type Node,
  type NodeProps,
  Position,
  ReactFlow,
  type ReactFlowInstance,
} from "@xyflow/react";
import { useEffect, useMemo, useRef } from "react";
import type { DrawnEdge, DrawnGraph, DrawnNode } from "../../api.ts";
import { Bar, Mark, wordFor } from "../parts/marks.tsx";
import { plain } from "../parts/plain.tsx";
import { drawWay, type Layout, layOut, type Point, type Size } from "./layout.ts";
import "./picture.css";

export interface NodeLook {
  /** Beside the name, and below it: short facts. */
  readonly corner?: string;
  readonly facts?: readonly string[];
  readonly bar?: readonly (readonly [word: string, n: number])[];
  readonly mood?: "dim" | "on" | "here" | "wrong";
  readonly isChosen?: boolean;
  /** The whole story for a tooltip and for those who don't see the picture. */
  readonly says?: string;
}
export interface EdgeLook {
  readonly text?: string;
  /** 0 to 1: the share of the widest. */
  readonly weight?: number;
  readonly mood?: "dim" | "on";
  readonly isChosen?: boolean;
  readonly says?: string;
}
export interface PictureProps {
  readonly drawn: DrawnGraph;
  readonly size?: Size;
  readonly node: (node: DrawnNode) => NodeLook;
  readonly edge: (edge: DrawnEdge) => EdgeLook;
  /** Ways that the graph implies and nobody took clutter the picture; the page says which are worth drawing. */
  readonly isDrawn?: (edge: DrawnEdge) => boolean;
  readonly onNode?: (node: DrawnNode) => void;
  readonly onEdge?: (edge: DrawnEdge) => void;
}

type NodeData = { readonly node: DrawnNode; readonly look: NodeLook; readonly choose: (() => void) | undefined };
type EdgeData = {
  readonly edge: DrawnEdge;
  readonly look: EdgeLook;
  readonly points: readonly Point[];
  readonly label: Point;
  readonly choose: (() => void) | undefined;
};

export function Picture({ drawn, size = "full", node, edge, isDrawn, onNode, onEdge }: PictureProps) {
  const edges = drawn.edges.filter((each) => each.written || isDrawn?.(each) === true);
  const reached = new Set(edges.flatMap((each) => [each.from, each.to]));
  const nodes = drawn.nodes.filter((each) => each.role === "node" || reached.has(each.name));
  const shape = JSON.stringify([
    nodes.map((each) => [each.name, each.role]),
    edges.map((each) => [each.from, each.to]),
  ]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape is all that a layout depends on.
  const layout = useMemo(() => layOut(nodes.map(toShape), edges, size), [shape, size]);
  return (
    <Canvas
      size={size}
      layout={layout}
      nodes={nodes.map((each) => placeNode(each, layout, { look: node(each), choose: onNode && (() => onNode(each)) }))}
      edges={edges.map((each) => placeEdge(each, layout, { look: edge(each), choose: onEdge && (() => onEdge(each)) }))}
    />
  );
}

function toShape({ name, role }: DrawnNode) {
  return { name, shape: role };
}

function placeNode(node: DrawnNode, layout: Layout, rest: Omit<NodeData, "node">): Node<NodeData> {
  const { x, y, width, height } = layout.nodes.get(node.name)!;
  const size = { width, height };
  const handle = { x: width / 2, width: 1, height: 1 };
  return {
    ...{ id: node.name, type: node.role, position: { x, y }, data: { node, ...rest } },
    // All that would be measured is known: edges are there with the first drawing, and nothing waits for an observer.
    ...{ ...size, measured: size },
    handles: [
      { ...handle, type: "target", position: Position.Top, y: 0 },
      { ...handle, type: "source", position: Position.Bottom, y: height },
    ],
  };
}

function placeEdge(edge: DrawnEdge, layout: Layout, rest: Pick<EdgeData, "look" | "choose">): Edge<EdgeData> {
  const id = `${edge.from}>${edge.to}`;
  return {
    id,
    source: edge.from,
    target: edge.to,
    type: "way",
    data: { edge, ...layout.edges.get(id)!, ...rest },
  };
}

const ZOOM = { min: 0.15, most: 2, fit: 1 };

function Canvas(props: { size: Size; layout: Layout; nodes: Node<NodeData>[]; edges: Edge<EdgeData>[] }) {
  const flow = useRef<ReactFlowInstance<Node<NodeData>, Edge<EdgeData>>>(undefined);
  const frame = useRef<HTMLDivElement>(null);
  const isMoved = useRef(false);
  const fitted = useRef({ x: 0, y: 0, zoom: 1 });
  // The whole graph stays in view until someone moves it: its ways too, which run further out than its nodes.
  const fit = useRef<() => void>(() => undefined);
  fit.current = () => {
    const { clientWidth, clientHeight } = frame.current ?? { clientWidth: 0, clientHeight: 0 };
    if (isMoved.current || clientWidth === 0) return;
    const all = { x: 0, y: 0, width: props.layout.width, height: props.layout.height };
    fitted.current = getViewportForBounds(all, clientWidth, clientHeight, ZOOM.min, ZOOM.fit, 0.01);
    flow.current?.setViewport(fitted.current);
  };
  useEffect(() => {
    const observer = new ResizeObserver(() => requestAnimationFrame(() => fit.current()));
    observer.observe(frame.current!);
    return () => observer.disconnect();
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new layout is what it waits for.
  useEffect(() => fit.current(), [props.layout]);
  return (
    <div className={`picture is-${props.size}`} ref={frame}>
      <ReactFlow
        nodes={props.nodes}
        edges={props.edges}
        nodeTypes={NODE_TYPES}
        edgeTypes={EDGE_TYPES}
        onInit={(instance) => {
          flow.current = instance;
          fit.current();
        }}
        onMoveEnd={(event, now) => {
          // A click counts as a move of nothing.
          const { x, y, zoom } = fitted.current;
          const isElsewhere = Math.abs(now.x - x) + Math.abs(now.y - y) > 3 || now.zoom !== zoom;
          if (event !== null && isElsewhere) isMoved.current = true;
        }}
        minZoom={ZOOM.min}
        maxZoom={ZOOM.most}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        zoomOnScroll={false}
        panOnScroll={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
      >
        {props.size === "small" ? null : (
          <Controls
            showInteractive={false}
            position="top-right"
            onFitView={() => {
              isMoved.current = false;
              fit.current();
            }}
          />
        )}
      </ReactFlow>
    </div>
  );
}

function Handles() {
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

function classOf(kind: string, look: NodeLook | EdgeLook, isButton: boolean): string {
  return [
    kind,
    look.mood === undefined ? "" : `is-${look.mood}`,
    look.isChosen ? "is-chosen" : "",
    isButton ? "" : "is-still",
  ]
    .filter((word) => word !== "")
    .join(" ");
}

function NodeBox({ data }: NodeProps<Node<NodeData>>) {
  const { node, look, choose } = data;
  return (
    <>
      <Handles />
      <button
        type="button"
        className={classOf("node", look, choose !== undefined)}
        title={look.says}
        aria-pressed={look.isChosen === undefined ? undefined : look.isChosen}
        onClick={choose}
        data-node={node.name}
      >
        <span className="top">
          <span className="name cut">{plain(node.name)}</span>
          <span className="corner">{look.corner ?? node.kind}</span>
        </span>
        {look.bar === undefined ? null : <Bar parts={look.bar} />}
        <span className="facts">
          {(look.facts ?? []).map((fact) => (
            <span key={fact}>{fact}</span>
          ))}
        </span>
        <Says words={look.says} />
      </button>
    </>
  );
}

function OutcomeBox({ data }: NodeProps<Node<NodeData>>) {
  const { node, look, choose } = data;
  return (
    <>
      <Handles />
      <button
        type="button"
        className={classOf("outcome", look, choose !== undefined)}
        title={look.says}
        aria-pressed={look.isChosen === undefined ? undefined : look.isChosen}
        onClick={choose}
        data-node={node.name}
      >
        <Mark of={node.name} />
        <span className="name">{node.name}</span>
        <span className="corner num">{look.corner}</span>
        <Says words={look.says} />
      </button>
    </>
  );
}

function StartDot({ data }: NodeProps<Node<NodeData>>) {
  return (
    <>
      <Handles />
      <span className={classOf("start", data.look, false)} title={data.look.says} />
    </>
  );
}

function Way({ data }: EdgeProps<Edge<EdgeData>>) {
  const { edge, look, points, label, choose } = data!;
  // A label that says no more than the outcome that it leads to is left out.
  const words = edge.label === "" || edge.label === edge.to ? [] : edge.label.split(", ");
  const marks = words.filter((word) => wordFor(word) !== word || word === "answer-lost");
  const text = look.text ?? (marks.length === 0 ? words.join(", ") : "");
  const width = 1.25 + 5 * Math.sqrt(look.weight ?? 0);
  const { path, arrow } = drawWay(points, width);
  return (
    <>
      <BaseEdge
        path={path}
        className={classOf("way", look, true)}
        style={{ strokeWidth: width }}
        interactionWidth={0}
      />
      <path d={arrow} className={classOf("arrow", look, true)} />
      {text === "" && marks.length === 0 ? null : (
        <EdgeLabelRenderer>
          <button
            type="button"
            className={classOf("way-label", look, choose !== undefined)}
            style={{ transform: `translate(-50%, -50%) translate(${label.x}px, ${label.y}px)` }}
            title={look.says}
            aria-pressed={look.isChosen === undefined ? undefined : look.isChosen}
            onClick={choose}
            data-edge={`${edge.from}>${edge.to}`}
          >
            {marks.map((word) => (
              <Mark key={word} of={word} />
            ))}
            {text === "" ? null : <span className="cut">{plain(text)}</span>}
            <Says
              words={
                look.says ??
                `${plain(edge.from)} to ${plain(edge.to)}${edge.label === "" ? "" : `: ${plain(edge.label)}`}`
              }
            />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
}

/** What the eye gets from the picture, in words: part of the button's name. */
function Says({ words }: { readonly words: string | undefined }) {
  return words === undefined ? null : <span className="unseen">{words}</span>;
}

const NODE_TYPES = { node: NodeBox, outcome: OutcomeBox, start: StartDot };
const EDGE_TYPES = { way: Way };
