import type { ReactElement, ReactNode } from 'react';
import { Tab, TabList, TabPanel, Tabs as AriaTabs } from 'react-aria-components';
import { cx } from './cx.ts';
import styles from './Tabs.module.css';

export interface TabItem<V extends string> {
  readonly id: V;
  readonly label: string;
  readonly content: ReactNode;
}

export interface TabsProps<V extends string> {
  /** What the tabs are about, read aloud. */
  readonly label: string;
  readonly tabs: readonly TabItem<V>[];
  /** Left out, the tabs keep their own choice. */
  readonly selected?: V;
  readonly onSelect?: (id: V) => void;
}

export function Tabs<V extends string>({
  label,
  tabs,
  selected,
  onSelect,
}: TabsProps<V>): ReactElement {
  return (
    <AriaTabs
      {...(selected === undefined ? {} : { selectedKey: selected })}
      onSelectionChange={(key) => {
        const tab = tabs.find((each) => each.id === key);
        if (tab !== undefined) onSelect?.(tab.id);
      }}
    >
      <TabList aria-label={label} className={cx(styles.list)}>
        {tabs.map((tab) => (
          <Tab key={tab.id} id={tab.id} className={cx(styles.tab)}>
            {tab.label}
          </Tab>
        ))}
      </TabList>
      {tabs.map((tab) => (
        <TabPanel key={tab.id} id={tab.id} className={cx(styles.panel)}>
          {tab.content}
        </TabPanel>
      ))}
    </AriaTabs>
  );
}
