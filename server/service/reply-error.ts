import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, type ErrorCode } from '../../src/order/errors.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  'request-invalid': 400,
  'key-invalid': 401,
  'key-expired': 403,
  'key-revoked': 403,
  'password-needed': 401,
  'order-unknown': 404,
  'not-found': 404,
  'server-busy': 429,
  'server-error': 500,
  'service-unavailable': 503,
};

/** When a page shall ask again whose store is away, in seconds. */
const STORE_RETRY = 5;

/** Answers an error as `{ code, message }`. What a customer cannot act on is logged, not told. */
export function replyError(thrown: FastifyError | Error, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = publicError(thrown);
  const status = STATUS[error.code] ?? 500;
  // a client that goes away or sends nonsense is no failure of the service
  if (error !== thrown) request.log[status < 500 ? 'info' : 'error']({ err: thrown }, 'request failed');
  const retryAfter = error.code === 'service-unavailable' ? STORE_RETRY : error.detail['retryAfter'];
  if (retryAfter !== undefined) void reply.header('retry-after', String(retryAfter));
  return reply.code(status).send({ code: error.code, message: error.message });
}

/** Answers an address that cannot be read. Neither told nor logged: it may hold a signature. */
export function replyBadAddress(_error: FastifyError, request: FastifyRequest, reply: FastifyReply): void {
  request.log.info('the address cannot be read');
  void reply
    .code(400)
    .send({ code: 'request-invalid', message: 'The request was refused: its address cannot be read.' });
}

/** What is told of an error. */
export function publicError(thrown: FastifyError | Error): AppError {
  if (thrown instanceof AppError && STATUS[thrown.code] !== undefined) return thrown;
  if (thrown instanceof AppError && thrown.code.startsWith('manifest-'))
    return new AppError('server-error', 'The description of this order in the store is damaged. Tell the sender.');
  if (thrown instanceof AppError)
    return new AppError(
      'service-unavailable',
      'The order service cannot reach its store at the moment. Nothing is lost.',
    );
  const status = 'statusCode' in thrown ? thrown.statusCode : undefined;
  if (status !== undefined && status >= 400 && status < 500)
    return new AppError('request-invalid', `The request was refused: ${thrown.message}`);
  return new AppError('server-error', 'The order service failed. Try again; tell the sender when it goes on.');
}
