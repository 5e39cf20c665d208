import type { ReactElement, ReactNode } from 'react';
import { DropZone, FileTrigger, isFileDropItem, Text } from 'react-aria-components';
import { Button, cx } from '../../../components/index.ts';
import styles from '../send.module.css';

interface FileDropProps {
  readonly icon: ReactNode;
  /** What to drop here, or the name of what was. */
  readonly label: string;
  /** Media types or endings that may be chosen; any without. */
  readonly accepted: readonly string[];
  readonly onFile: (file: File) => void;
  /** The words of the button that chooses. */
  readonly choose: string;
  /** In place of that button while a file is under way. */
  readonly running?: ReactNode;
}

/** Takes one file that is dropped on it or chosen. */
export function FileDrop(props: FileDropProps): ReactElement {
  const { accepted, onFile, running } = props;
  return (
    <DropZone
      className={cx(styles.drop)}
      getDropOperation={() => 'copy'}
      onDrop={(event) => {
        const file = event.items.find(isFileDropItem);
        if (file !== undefined) void file.getFile().then(onFile);
      }}
    >
      {props.icon}
      <Text slot="label">{props.label}</Text>
      {running ?? (
        <FileTrigger
          {...(accepted.length > 0 && { acceptedFileTypes: [...accepted] })}
          onSelect={(files) => {
            const file = files?.item(0);
            if (file != null) onFile(file);
          }}
        >
          <Button size="small">{props.choose}</Button>
        </FileTrigger>
      )}
    </DropZone>
  );
}
