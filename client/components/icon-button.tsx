import type { ComponentChildren } from 'preact';
import { Icon } from './icon.tsx';
import type { IconName } from './icon-shapes.ts';

interface IconButtonProps {
  readonly icon: IconName;
  /** What it does: its name for screen readers, and its tooltip. */
  readonly label: string;
  /** More than the label, in the tooltip. */
  readonly about?: string | undefined;
  readonly class?: string;
  readonly pressed?: boolean;
  readonly expanded?: boolean;
  readonly disabled?: boolean;
  readonly tabIndex?: number;
  readonly onClick: () => void;
  readonly children?: ComponentChildren;
}

/** A button that is an icon. */
export function IconButton(props: IconButtonProps) {
  const {
    icon,
    label,
    about,
    class: more = '',
    pressed,
    expanded,
    disabled,
    tabIndex,
    onClick,
    children,
  } = props;
  return (
    <button
      type="button"
      class={`icon ${more}`}
      aria-label={label}
      title={about ?? label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      disabled={disabled}
      tabIndex={tabIndex}
      onClick={onClick}
    >
      <Icon name={icon} />
      {children}
    </button>
  );
}
