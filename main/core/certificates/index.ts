export { certificateFingerprint, describeCertificate, isCertificate } from './describe.ts';
export { createCsr, createDeviceKey } from './request.ts';
