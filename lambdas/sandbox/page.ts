import type { OperationRecord } from './books';

/** The page where a customer approves or declines a payment that asks for it. No script, no outside resources. */
export function paymentPage(operation: OperationRecord): string {
  const { amount, currency } = operation.asked;
  const isOpen = operation.answer.status === 'requires_action';
  const body = isOpen
    ? `<p>A payment of ${String(amount)} minor units ${escapeHtml(currency)} waits for you.</p>
<form method="post"><button name="result" value="approve">Approve</button> <button name="result" value="decline">Decline</button></form>`
    : `<p>This payment is settled: ${escapeHtml(operation.answer.status)}.</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Sandbox payment</title></head>
<body><h1>Sandbox payment</h1>
${body}
</body></html>
`;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${String(character.charCodeAt(0))};`);
}
