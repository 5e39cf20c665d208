export { Causeway, type CausewayProps } from './Causeway.tsx';
export { Marks } from './Marks.tsx';
export { MessageTimeline } from './MessageTimeline.tsx';
export { causewayView, stationIds, type CausewayView, type StationId } from './view.ts';
