import { scriptHeading, type ExportFile, type ExportOrder } from './export-order.ts';

/** PowerShell ends a text at typographic quotes, too (about_Quoting_Rules). */
const quote = (text: string): string => `'${text.replaceAll(/['‘’‚‛]/g, '$&$&')}'`;

const FUNCTION = String.raw`$ErrorActionPreference = 'Stop'
# older versions of .NET offer TLS 1.0 only, which stores refuse
[Net.ServicePointManager]::SecurityProtocol = [Net.ServicePointManager]::SecurityProtocol -bor [Net.SecurityProtocolType]::Tls12
Add-Type -AssemblyName System.Net.Http
$client = New-Object System.Net.Http.HttpClient
$client.Timeout = [TimeSpan]::FromDays(7)
$failed = 0

function Get-OrderFile([string]$Path, [long]$Size, [string]$Sha256, [long]$Offset, [string[]]$Urls) {
  $target = Join-Path (Get-Location).ProviderPath $Path
  if (Test-Path -LiteralPath $target) { Write-Output "there already: $Path"; return }
  [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($target)) | Out-Null
  $part = "$target.part"
  for ($try = 0; $try -lt 10; $try++) {
    $out = [IO.File]::Open($part, [IO.FileMode]::Append)
    try {
      $have = $out.Position
      if ($have -ge $Size) { break }
      $request = New-Object System.Net.Http.HttpRequestMessage('GET', $Urls[$try % $Urls.Count])
      $request.Headers.Range = New-Object System.Net.Http.Headers.RangeHeaderValue(($Offset + $have), ($Offset + $Size - 1))
      $reply = $client.SendAsync($request, [System.Net.Http.HttpCompletionOption]::ResponseHeadersRead).GetAwaiter().GetResult()
      if ([int]$reply.StatusCode -ne 206) { throw "the server answered $([int]$reply.StatusCode)" }
      $reply.Content.ReadAsStreamAsync().GetAwaiter().GetResult().CopyTo($out)
    } catch {
      if ($out.Position -gt $have) { $try = 0 }
      Write-Warning "$Path : $($_.Exception.Message)"
      Start-Sleep -Seconds 1
    } finally { $out.Close() }
  }
  $length = (Get-Item -LiteralPath $part).Length
  if ($length -lt $Size) { Write-Warning "not complete: $Path (run this again)"; $script:failed = 1; return }
  if ($length -gt $Size -or ($Sha256 -and (Get-FileHash -LiteralPath $part -Algorithm SHA256).Hash -ne $Sha256)) {
    Remove-Item -LiteralPath $part; Write-Warning "damaged, fetch it again: $Path"; $script:failed = 1; return
  }
  [IO.File]::Move($part, $target)
  Write-Output "received: $Path"
}
`;

/** A script for Windows PowerShell 5.1 and PowerShell 7: goes on where it stopped, checks every file. */
export function writePowerShellScript(order: ExportOrder): string {
  const call = ({ path, size, sha256 = '', offset, urls }: ExportFile): string =>
    `Get-OrderFile ${quote(path)} ${size} ${quote(sha256)} ${offset} @(${urls.map(quote).join(', ')})`;
  const usage = 'powershell -ExecutionPolicy Bypass -File this-file; run it again and it goes on where it stopped.';
  const lines = [...scriptHeading(order, usage), FUNCTION, ...order.files.map(call), '', 'exit $failed', ''];
  // without the mark at its beginning, Windows PowerShell reads a file as its old code page
  return `\uFEFF${lines.join('\r\n').replaceAll(/\r?\n/g, '\r\n')}`;
}
