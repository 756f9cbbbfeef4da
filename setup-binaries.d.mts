export interface Machine {
  readonly platform?: string;
  readonly arch?: string;
}

export interface BinaryOptions extends Machine {
  readonly gpu: boolean;
}

export function uselessBinaries(root: string, options: BinaryOptions): string[];
export function pruneBinaries(root: string, options: BinaryOptions): string[];
export function lacksGpuBinaries(
  root: string,
  installed: Readonly<Record<string, unknown>>,
  machine?: Machine,
): boolean;
