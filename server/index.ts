/** What the package offers to scripts. The command line is `holdfast`. */
export { AppError } from '../src/order/errors.ts';
export { publishOrder, type PublishOptions, type PublishedFile, type PublishedOrder } from './publish/publish-order.ts';
export { uploadFile, type UploadOptions, type UploadedFile } from './publish/upload-file.ts';
export { openStore, type OpenStore, type StoreChoice } from './store/open-store.ts';
