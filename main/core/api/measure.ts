export { measure, type Measure } from '../../../common/contract/measure.ts';
