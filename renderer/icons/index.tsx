import type { ReactElement, ReactNode } from 'react';
import styles from './icons.module.css';

export interface IconProps {
  /** Edge length in pixels; 16 unless told. */
  readonly size?: number;
}

/** Icons are drawn on a 16 px grid with a 1.5 px stroke and say nothing to a screen reader: the control beside them does. */
function icon(drawing: ReactNode): (props: IconProps) => ReactElement {
  return function Icon({ size = 16 }) {
    return (
      <svg
        className={styles.icon}
        width={size}
        height={size}
        viewBox="0 0 16 16"
        aria-hidden="true"
      >
        {drawing}
      </svg>
    );
  };
}

export const OverviewIcon = icon(
  <path d="M1.5 8h2M6.5 8h3M12.5 8h2M5 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3ZM11 9.5a1.5 1.5 0 1 0 0-3 1.5 1.5 0 0 0 0 3Z" />,
);
export const MessagesIcon = icon(<path d="M2 3.5h12v8H7l-3 2.5v-2.5H2zM5 6.5h6M5 8.75h4" />);
export const SendIcon = icon(<path d="M14 2 7 9M14 2 9.5 14 7 9 2 6.5z" />);
export const BotIcon = icon(
  <path d="M3 5.5h10v7H3zM8 5.5V3M6.25 8.5v1M9.75 8.5v1M1.25 8v2.5M14.75 8v2.5M8 3a.5.5 0 1 0 0-1 .5.5 0 0 0 0 1Z" />,
);
export const RoutesIcon = icon(
  <path d="M1.5 8h3.5M5 8c2.5 0 2-4.5 4.5-4.5h4M5 8c2.5 0 2 4.5 4.5 4.5h4M11.5 1.5l2 2-2 2M11.5 10.5l2 2-2 2" />,
);
/** A house with a way out. */
export const ServicesIcon = icon(
  <path d="M2 6.5 6.5 3 11 6.5v7H2zM11 10h3.5M12.75 8.25 14.5 10l-1.75 1.75M5 13.5V10h3v3.5" />,
);
export const TunnelIcon = icon(
  <path d="M1.5 13.5V9a6.5 6.5 0 0 1 13 0v4.5M5 13.5V9.25a3 3 0 0 1 6 0v4.25M1.5 13.5h13" />,
);
export const CertificateIcon = icon(
  <path d="M8 9.5A3.5 3.5 0 1 0 8 2.5a3.5 3.5 0 0 0 0 7ZM5.75 9 5 14l3-1.5L11 14l-.75-5" />,
);
export const LogsIcon = icon(
  <path d="M2.5 3.5h1M2.5 8h1M2.5 12.5h1M6 3.5h7.5M6 8h7.5M6 12.5h4.5" />,
);
export const SettingsIcon = icon(
  <path d="M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M10 6.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z" />,
);
export const EnrolIcon = icon(
  <path d="M10.5 9a3.5 3.5 0 1 0-3.3-2.3L2 12v2h2.5v-1.5H6V11h1.5l1-2.2c.6.2 1.3.2 2 .2ZM11 5.25h.01" />,
);
export const GripIcon = icon(<path d="M6 4h.01M10 4h.01M6 8h.01M10 8h.01M6 12h.01M10 12h.01" />);
export const CopyIcon = icon(<path d="M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3" />);
export const CheckIcon = icon(<path d="m3 8.5 3.5 3.5L13 4.5" />);
export const CloseIcon = icon(<path d="m4 4 8 8M12 4l-8 8" />);
export const ChevronDownIcon = icon(<path d="m4 6.5 4 4 4-4" />);
export const ChevronUpIcon = icon(<path d="m4 9.5 4-4 4 4" />);
export const ChevronRightIcon = icon(<path d="m6 4 4 4-4 4" />);
export const ArrowInIcon = icon(<path d="M13 3 4.5 11.5M4.5 5.5v6h6" />);
export const ArrowOutIcon = icon(<path d="M3 13 11.5 4.5M5.5 4.5h6v6" />);
export const SearchIcon = icon(
  <path d="M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9ZM10.25 10.25 14 14" />,
);
export const LockIcon = icon(<path d="M3.5 7.5h9v6h-9zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5" />);
export const PlusIcon = icon(<path d="M8 3v10M3 8h10" />);
export const TrashIcon = icon(
  <path d="M2.5 4.5h11M6 4.5v-2h4v2M4 4.5l.5 9h7l.5-9M6.75 7v4M9.25 7v4" />,
);
export const EditIcon = icon(<path d="m3 13 .75-3L11 2.75 13.25 5 6 12.25zM9.5 4.25 11.75 6.5" />);
export const PlayIcon = icon(<path d="M4.5 3v10l8.5-5z" />);
export const PauseIcon = icon(<path d="M5 3v10M11 3v10" />);
export const RefreshIcon = icon(<path d="M13.5 8A5.5 5.5 0 1 1 11.8 4L13.5 5.5M13.5 2v3.5H10" />);
export const DownloadIcon = icon(<path d="M8 2v8M4.5 6.75 8 10.25l3.5-3.5M2.5 13.5h11" />);
export const FilterIcon = icon(<path d="M2 3.5h12L9.5 8.75v4.75l-3-1.5V8.75z" />);
export const EyeIcon = icon(
  <path d="M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8ZM8 10a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z" />,
);
export const EyeOffIcon = icon(
  <path d="M6 4a6 6 0 0 1 2-.5c4 0 6.5 4.5 6.5 4.5a11 11 0 0 1-2 2.5M9.5 12.3a6 6 0 0 1-1.5.2C4 12.5 1.5 8 1.5 8A11 11 0 0 1 4 5.2M2 2l12 12" />,
);
export const ExternalIcon = icon(<path d="M9 2.5h4.5V7M13.5 2.5 7.5 8.5M11.5 9.5v4h-9v-9h4" />);
export const HelpIcon = icon(
  <path d="M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM6 6.25c0-1.2.9-2 2-2s2 .8 2 1.9c0 1.35-2 1.6-2 2.85M8 11.25h.01" />,
);
export const InfoIcon = icon(
  <path d="M8 14.5a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13ZM8 7.25v4M8 4.75h.01" />,
);
export const UserIcon = icon(
  <path d="M8 8a2.75 2.75 0 1 0 0-5.5A2.75 2.75 0 0 0 8 8ZM2.5 13.5c.6-2.3 2.7-3.5 5.5-3.5s4.9 1.2 5.5 3.5" />,
);
export const GroupIcon = icon(
  <path d="M6 7.5a2.25 2.25 0 1 0 0-4.5 2.25 2.25 0 0 0 0 4.5ZM1.5 13c.4-2.3 2.1-3.5 4.5-3.5s4.1 1.2 4.5 3.5M10.5 3.2a2.25 2.25 0 0 1 0 4.1M12.3 9.9c1.2.6 1.9 1.6 2.2 3.1" />,
);
export const ImageIcon = icon(<path d="M2 3h12v10H2zM2 11l3.5-3.5L8 10l2-2 4 3.5M10.75 6h.01" />);
export const FileIcon = icon(<path d="M4 1.75h5.5L12.5 5v9.25H4zM9.25 1.75V5.25h3.25" />);
export const LinkIcon = icon(
  <path d="m6.5 9.5 3-3M7 4.5 8.75 2.75a3.2 3.2 0 0 1 4.5 4.5L11.5 9M9 11.5l-1.75 1.75a3.2 3.2 0 0 1-4.5-4.5L4.5 7" />,
);
export const GatewayIcon = icon(<path d="M2 13.5v-8l6-3 6 3v8M5.5 13.5v-5h5v5" />);
