import { common, createLowlight } from 'lowlight';
import { type ComponentChildren, h } from 'preact';

const lowlight = createLowlight(common);

type Node = ReturnType<typeof lowlight.highlight>['children'][number];

/** Code as text and spans with highlight.js's classes; as it is where the language is unknown. */
export function highlighted(code: string, language: string): ComponentChildren {
  if (!lowlight.registered(language)) return code;
  return lowlight.highlight(language, code).children.map(drawn);
}

function drawn(node: Node, key: number): ComponentChildren {
  if (node.type === 'text') return node.value;
  if (node.type !== 'element') return null;
  const { className } = node.properties;
  return h(
    'span',
    { key, class: Array.isArray(className) ? className.join(' ') : '' },
    node.children.map(drawn),
  );
}
