export { certificateFingerprint, describeCertificate } from './describe.ts';
export { createCsr, createDeviceKey } from './request.ts';
