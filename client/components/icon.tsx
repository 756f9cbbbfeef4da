import { h } from 'preact';
import { type IconName, iconShapes } from './icon-shapes.ts';

interface IconProps {
  readonly name: IconName;
  /** Width and height in pixels. */
  readonly size?: number;
}

/** An icon beside or in place of a label; what it stands for is named by the control around it. */
export function Icon({ name, size = 18 }: IconProps) {
  return (
    <svg class="icon-shape" width={size} height={size} viewBox="0 0 24 24" aria-hidden="true">
      {iconShapes[name].map(([tag, attributes], index) => h(tag, { key: index, ...attributes }))}
    </svg>
  );
}
